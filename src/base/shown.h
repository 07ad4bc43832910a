/* Text from outside, as people are shown it. */
#ifndef SMC_BASE_SHOWN_H
#define SMC_BASE_SHOWN_H

#include <stdint.h>

/* U+FFFD for a character that could drive a terminal, which are control characters but the tab, or have it show text in
 * another order than it is in (Unicode's property Bidi_Control); else the character. */
uint32_t smc_shown_character(uint32_t character);

#endif
