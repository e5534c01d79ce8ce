/* A program with its own yyjson and its own Wuffs links with libxybrid.a: both copies are there, and each side uses its own. */
#include <xybrid/xybrid.h>

#include <wuffs/wuffs.c> /* its declarations alone: the rest is a source of this program */
#include <yyjson/yyjson.h>

#include "check.h"

static const char wire[] = "{\"kind\":{\"Text\":\"hello\"},\"metadata\":{\"language\":\"en\"}}";

static void yyjson_reads(void) {
    yyjson_doc *doc = yyjson_read(wire, sizeof wire - 1, 0);
    CHECK_OR_RETURN(doc != NULL);
    CHECK_STR(yyjson_get_str(yyjson_obj_get(yyjson_obj_get(yyjson_doc_get_root(doc), "metadata"), "language")), "en");
    yyjson_doc_free(doc);
}

static void wuffs_sums(void) {
    wuffs_crc32__ieee_hasher *hasher = wuffs_crc32__ieee_hasher__alloc();
    CHECK_OR_RETURN(hasher != NULL);
    wuffs_base__slice_u8 digits = wuffs_base__make_slice_u8((uint8_t[]){ '1', '2', '3', '4', '5', '6', '7', '8', '9' }, 9);
    CHECK_INT(wuffs_crc32__ieee_hasher__update_u32(hasher, digits), 0xcbf43926); /* the check value of CRC-32 */
    free(hasher);
}

static void the_library_reads(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = NULL;
    xybrid_envelope *e = NULL;
    CHECK_OR_RETURN(xybrid_runtime_create(NULL, &rt, &err) == XYBRID_OK);
    CHECK_OR_RETURN(xybrid_envelope_from_json(rt, wire, -1, &e, &err) == XYBRID_OK);
    CHECK_STR(xybrid_envelope_text(e), "hello");
    CHECK_STR(xybrid_envelope_get(e, "language"), "en");
    xybrid_envelope_free(e);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(yyjson_reads), RUN(wuffs_sums), RUN(the_library_reads))
