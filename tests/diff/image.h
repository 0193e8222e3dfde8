/* SPDX-License-Identifier: Apache-2.0 */
/* tests/diff/image.h - native code of a module, where there is any */
#ifndef WIO_TEST_DIFF_IMAGE_H
#define WIO_TEST_DIFF_IMAGE_H

#include "diff/play.h"

/* Sets @player up for the image @name of a list: "0" is none, so that the
 * interpreter runs the module. False when there is no such image. */
bool diff_image_open(const char *name, struct diff_player *player);
void diff_image_close(struct diff_player *player);

#endif
