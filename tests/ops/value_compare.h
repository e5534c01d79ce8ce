/* value_compare.h - is a value what a test case wants? By the rule of onnx's own runner (onnx/backend/test/runner):
 *
 *     kind, element type, dimensions    equal
 *     integers, bool, strings           equal (there the tolerances are for integers, too; here they are not)
 *     floats, complex numbers           |found - wanted| <= absolute + relative * |wanted|; NaN is NaN, infinities are equal
 *     bfloat16                          the same with a relative tolerance of at least 2^-6, two units in its last place
 *     sequences, optionals              of equal length, item by item */
#ifndef VALUE_COMPARE_H
#define VALUE_COMPARE_H

#include "codec/onnx_value.h"

/* 1: it is. 0: `why` says where and how it is not, e.g. "[2] is 1.5, wanted 2 (7 of 24 elements differ)". */
int value_compare(const xb_onnx_value *found, const xb_onnx_value *wanted, double relative, double absolute, char *why,
                  size_t capacity);

#endif
