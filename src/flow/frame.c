/* flow/frame.c - what steps share: getting at the picture or tensor that flows, and putting a result in its place. */
#include <string.h>

#include "base/error.h"
#include "codec/image.h"
#include "flow/step.h"
#include "image/colour.h"

static void release_image(void *ctx, const void *data) {
    xb_image image = { .mem = ctx, .pixels = (uint8_t *)(uintptr_t)data };
    xb_image_free(&image);
}

/* Encoded bytes to uint8 [H, W, 3]. */
static xybrid_status decode(xb_frame *f, const xybrid_view *v, xb_tensor *out, xybrid_error *err) {
    xb_image image;
    xb_buf  *buf;
    XB_TRY(xb_image_decode(f->mem, v->data, v->size_bytes, 3, &image, err));
    xybrid_status st = xb_buf_from(f->mem, image.pixels, (int64_t)image.width * image.height * 3, release_image, f->mem, &buf,
                                   err);
    if (st) {
        xb_image_free(&image);
        return st;
    }
    st = xb_tensor_from_buf(buf, 0, XYBRID_UINT8, 3, (int64_t[]){ image.height, image.width, 3 }, out, err);
    xb_buf_drop(buf);
    return st;
}

xybrid_status xb_frame_picture(xb_frame *f, xb_tensor **out, xybrid_error *err) {
    if (f->value.kind == XB_VALUE_ENVELOPE && f->value.envelope->view.kind == XYBRID_IMAGE) {
        const xybrid_view *v = &f->value.envelope->view;
        xb_tensor          picture;
        if (v->format == XYBRID_FORMAT_ENCODED) XB_TRY(decode(f, v, &picture, err));
        else
            XB_TRY(xb_pixels_to_rgb(f->mem, (xb_pixel_format)v->format, v->data, v->size_bytes, v->width, v->height,
                                    v->stride_bytes, &picture, err));
        xb_tensor_drop(&f->picture);
        f->picture = xb_tensor_keep(&picture);
        f->input_height = (int32_t)picture.shape[0];
        f->input_width = (int32_t)picture.shape[1];
        XB_TRY(xb_value_set_tensor(&f->value, XB_VALUE_PICTURE, "", picture, err));
    }
    if (f->value.kind != XB_VALUE_PICTURE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is %s; a picture is wanted here (PNG, JPEG, BMP or raw pixels)",
                       xb_value_describe(&f->value));
    *out = &f->value.tensors[0].tensor;
    return XYBRID_OK;
}

int xb_frame_has_picture(const xb_frame *f) {
    return f->value.kind == XB_VALUE_PICTURE ||
           (f->value.kind == XB_VALUE_ENVELOPE && f->value.envelope->view.kind == XYBRID_IMAGE);
}

xybrid_status xb_frame_tensor(xb_frame *f, const char *name, xb_tensor **out, xybrid_error *err) {
    if (xb_frame_has_picture(f)) {
        xb_tensor *picture, planes;
        XB_TRY(xb_frame_picture(f, &picture, err));
        XB_TRY(xb_picture_to_planes(f->mem, picture, XB_ORDER_RGB, &planes, err));
        XB_TRY(xb_value_set_tensor(&f->value, XB_VALUE_TENSORS, "", planes, err));
    }
    XB_TRY(xb_value_to_tensors(&f->value, err));
    *out = xb_value_find(&f->value, name);
    if (!*out)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, name ? name : "", "there is no tensor \"%.100s\"; the first is \"%.100s\"",
                       name ? name : "", f->value.count ? f->value.tensors[0].name : "");
    return XYBRID_OK;
}

xybrid_status xb_frame_put_tensor(xb_frame *f, xb_tensor tensor, xybrid_error *err) {
    return xb_value_set_tensor(&f->value, XB_VALUE_TENSORS, "", tensor, err);
}

xybrid_status xb_frame_put_text(xb_frame *f, const char *text, size_t size, float score, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new_text(f->root, f->mem, text, (int64_t)size, &e, err));
    xb_envelope_set_score(e, score);
    xb_value_set_envelope(&f->value, e);
    return XYBRID_OK;
}

xybrid_status xb_frame_put_list(xb_frame *f, int64_t count, xb_item_fn make, const void *ctx, xybrid_error *err) {
    xybrid_envelope *list;
    if (count > XB_MAX_LIST_ITEMS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "%lld results; at most %d", (long long)count, XB_MAX_LIST_ITEMS);
    XB_TRY(xb_envelope_make_list(f->root, f->mem, (int32_t)count, make, ctx, &list, err));
    xb_value_set_envelope(&f->value, list);
    return XYBRID_OK;
}
