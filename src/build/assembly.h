/*
 * The end of a build: from strings, sources, tokens and contents to a file.
 */
#ifndef SMC_BUILD_ASSEMBLY_H
#define SMC_BUILD_ASSEMBLY_H

#include "src/build/function_table.h"
#include "src/build/parts.h"

/* All zero, then filled part by part: names come first among the strings (spec 3.5). */
struct smc_assembly {
    struct smc_strings strings;
    struct smc_buf sources; /* struct smc_source_entry */
    struct smc_token_writer tokens;
    struct smc_contents contents;
    struct smc_function_table functions;
    struct smc_bytecode bytecode;
    struct smcf_info info;
    struct smc_file file;
};

/* Unknown to whoever wrote the map, so that no strings of it collide in a table; the file does not depend on it. */
void smc_assembly_seed(struct smc_assembly *assembly, uint64_t seed);
/* Lays the file out; what it is made of is the file's from now on. Tokens have been flushed, contents
 * finished. */
smc_build_status smc_assembly_finish(struct smc_assembly *assembly, const uint8_t *input_digest,
                                     uint64_t input_nbytes, struct smc_report *report);
/* Passes the file to a sink, once. `issue` (may be NULL) is set on failure. */
smc_build_status smc_assembly_write(struct smc_assembly *assembly, smc_build_sink sink,
                                    void *sink_context, struct smc_build_issue *issue);
/* Writes it into memory, which is to be freed with free(); *bytes is NULL on failure. */
smc_build_status smc_assembly_copy(struct smc_assembly *assembly, void **bytes, size_t *nbytes,
                                   struct smc_build_issue *issue);
void smc_assembly_free(struct smc_assembly *assembly);

#endif
