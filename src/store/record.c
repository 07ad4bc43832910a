/*
 * The file of a key. It carries a hash of itself, so it need not be synced: what a power failure leaves of it is
 * told from a record, and then it is a miss.
 */
#include "src/store/store.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define RECORD_MAGIC "\x89SMK\r\n\x1a\n"

struct record_head {                /* offset */
    uint8_t magic[8];               /*   0 */
    uint8_t digest[16];             /*   8  XXH3-128, with the secret, of all from 24 on */
    uint8_t file_id[SMC_ID_NBYTES]; /*  24  zero of a negative one */
    struct smcf_le64 file_nbytes;   /*  40 */
    struct smcf_le32 text_nbytes;   /*  48  the key, behind the head */
    struct smcf_le32 note_nbytes;   /*  52  behind the key; of a negative one */
    struct smcf_le32 is_negative;   /*  56  0 or 1 */
    struct smcf_le32 reserved;      /*  60  zero */
};
#define DIGEST_OFF 8
#define DIGESTED_OFF 24
_Static_assert(sizeof(struct record_head) == 64, "the head of a record");
_Static_assert(sizeof(struct record_head) + SMC_STORE_KEY_NBYTES_MAX + SMC_STORE_TEXT_NBYTES <=
                   SMC_RECORD_NBYTES_MAX,
               "the longest record");

static void digest_of(const uint8_t secret[SMC_SECRET_NBYTES], const uint8_t *bytes, size_t nbytes,
                      uint8_t digest[16])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical,
                             XXH3_128bits_withSecret(bytes + DIGESTED_OFF, nbytes - DIGESTED_OFF,
                                                     secret, SMC_SECRET_NBYTES));
    memcpy(digest, canonical.digest, 16);
}

size_t smc_record_nbytes(size_t text_nbytes)
{
    return sizeof(struct record_head) + text_nbytes;
}

int smc_record_parse(const uint8_t secret[SMC_SECRET_NBYTES], const uint8_t *bytes, size_t nbytes,
                     struct smc_record *record)
{
    struct record_head head;
    uint8_t digest[16];

    if (nbytes < sizeof head || nbytes > SMC_RECORD_NBYTES_MAX) {
        return -1;
    }
    memcpy(&head, bytes, sizeof head);
    const uint64_t text_nbytes = smcf_get32(head.text_nbytes);
    const uint64_t note_nbytes = smcf_get32(head.note_nbytes);
    digest_of(secret, bytes, nbytes, digest);
    if (memcmp(head.magic, RECORD_MAGIC, sizeof head.magic) != 0 ||
        memcmp(head.digest, digest, sizeof digest) != 0 ||
        sizeof head + text_nbytes + note_nbytes != nbytes) {
        return -1;
    }
    *record = (struct smc_record){
        .is_negative = smcf_get32(head.is_negative) != 0,
        .file_nbytes = smcf_get64(head.file_nbytes),
        .text = bytes + sizeof head,
        .text_nbytes = (size_t)text_nbytes,
        .note = (const char *)bytes + sizeof head + text_nbytes,
        .note_nbytes = (size_t)note_nbytes,
    };
    memcpy(record->file_id, head.file_id, sizeof record->file_id);
    return 0;
}

void smc_record_write(const uint8_t secret[SMC_SECRET_NBYTES], const struct smc_record *record,
                      struct smc_buf *buf)
{
    struct record_head head = {
        .magic = RECORD_MAGIC,
        .file_nbytes = smcf_put64(record->file_nbytes),
        .text_nbytes = smcf_put32((uint32_t)record->text_nbytes),
        .note_nbytes = smcf_put32((uint32_t)record->note_nbytes),
        .is_negative = smcf_put32(record->is_negative != 0),
    };

    memcpy(head.file_id, record->file_id, sizeof head.file_id);
    smc_buf_append(buf, &head, sizeof head);
    smc_buf_append(buf, record->text, record->text_nbytes);
    if (record->note_nbytes > 0) {
        smc_buf_append(buf, record->note, record->note_nbytes);
    }
    if (!buf->failed) {
        digest_of(secret, buf->data, buf->nbytes, buf->data + DIGEST_OFF);
    }
}
