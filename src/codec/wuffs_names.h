/* codec/wuffs_names.h - gives the constants that Wuffs cannot keep to one file a name of ours, so that a program with a Wuffs of
 * its own links. Included by wuffs_decoders.c before Wuffs. Generated: compile wuffs_decoders.c without this file, then
 *
 *     nm wuffs_decoders.o | awk '$2 ~ /[RDB]/ && $3 ~ /^wuffs/ { print "#define " $3 " xb_" $3 }' | sort
 */
#ifndef XB_WUFFS_NAMES_H
#define XB_WUFFS_NAMES_H

#define wuffs_base__error__bad_argument                  xb_wuffs_base__error__bad_argument
#define wuffs_base__error__bad_argument_length_too_short xb_wuffs_base__error__bad_argument_length_too_short
#define wuffs_base__error__bad_call_sequence             xb_wuffs_base__error__bad_call_sequence
#define wuffs_base__error__bad_data                      xb_wuffs_base__error__bad_data
#define wuffs_base__error__bad_i_o_position              xb_wuffs_base__error__bad_i_o_position
#define wuffs_base__error__bad_receiver                  xb_wuffs_base__error__bad_receiver
#define wuffs_base__error__bad_restart                   xb_wuffs_base__error__bad_restart
#define wuffs_base__error__bad_sizeof_receiver           xb_wuffs_base__error__bad_sizeof_receiver
#define wuffs_base__error__bad_vtable                    xb_wuffs_base__error__bad_vtable
#define wuffs_base__error__bad_workbuf_length            xb_wuffs_base__error__bad_workbuf_length
#define wuffs_base__error__bad_wuffs_version             xb_wuffs_base__error__bad_wuffs_version
#define wuffs_base__error__cannot_return_a_suspension    xb_wuffs_base__error__cannot_return_a_suspension
#define wuffs_base__error__disabled_by_previous_error    xb_wuffs_base__error__disabled_by_previous_error
#define wuffs_base__error__disabled_by_wuffs_config_dst_pixel_format_enable_allowlist \
    xb_wuffs_base__error__disabled_by_wuffs_config_dst_pixel_format_enable_allowlist
#define wuffs_base__error__initialize_falsely_claimed_already_zeroed \
    xb_wuffs_base__error__initialize_falsely_claimed_already_zeroed
#define wuffs_base__error__initialize_not_called             xb_wuffs_base__error__initialize_not_called
#define wuffs_base__error__insufficient_history              xb_wuffs_base__error__insufficient_history
#define wuffs_base__error__interleaved_coroutine_calls       xb_wuffs_base__error__interleaved_coroutine_calls
#define wuffs_base__error__no_more_information               xb_wuffs_base__error__no_more_information
#define wuffs_base__error__not_enough_data                   xb_wuffs_base__error__not_enough_data
#define wuffs_base__error__out_of_bounds                     xb_wuffs_base__error__out_of_bounds
#define wuffs_base__error__too_much_data                     xb_wuffs_base__error__too_much_data
#define wuffs_base__error__unsupported_image_dimension       xb_wuffs_base__error__unsupported_image_dimension
#define wuffs_base__error__unsupported_method                xb_wuffs_base__error__unsupported_method
#define wuffs_base__error__unsupported_option                xb_wuffs_base__error__unsupported_option
#define wuffs_base__error__unsupported_pixel_swizzler_option xb_wuffs_base__error__unsupported_pixel_swizzler_option
#define wuffs_base__hasher_bitvec256__vtable_name            xb_wuffs_base__hasher_bitvec256__vtable_name
#define wuffs_base__hasher_u32__vtable_name                  xb_wuffs_base__hasher_u32__vtable_name
#define wuffs_base__hasher_u64__vtable_name                  xb_wuffs_base__hasher_u64__vtable_name
#define wuffs_base__image_decoder__vtable_name               xb_wuffs_base__image_decoder__vtable_name
#define wuffs_base__io_transformer__vtable_name              xb_wuffs_base__io_transformer__vtable_name
#define wuffs_base__note__end_of_data                        xb_wuffs_base__note__end_of_data
#define wuffs_base__note__i_o_redirect                       xb_wuffs_base__note__i_o_redirect
#define wuffs_base__note__metadata_reported                  xb_wuffs_base__note__metadata_reported
#define wuffs_base__suspension__even_more_information        xb_wuffs_base__suspension__even_more_information
#define wuffs_base__suspension__mispositioned_read           xb_wuffs_base__suspension__mispositioned_read
#define wuffs_base__suspension__mispositioned_write          xb_wuffs_base__suspension__mispositioned_write
#define wuffs_base__suspension__short_read                   xb_wuffs_base__suspension__short_read
#define wuffs_base__suspension__short_workbuf                xb_wuffs_base__suspension__short_workbuf
#define wuffs_base__suspension__short_write                  xb_wuffs_base__suspension__short_write
#define wuffs_base__token_decoder__vtable_name               xb_wuffs_base__token_decoder__vtable_name
#define wuffs_deflate__decoder__func_ptrs_for__wuffs_base__io_transformer \
    xb_wuffs_deflate__decoder__func_ptrs_for__wuffs_base__io_transformer
#define wuffs_deflate__error__bad_block                            xb_wuffs_deflate__error__bad_block
#define wuffs_deflate__error__bad_distance                         xb_wuffs_deflate__error__bad_distance
#define wuffs_deflate__error__bad_distance_code_count              xb_wuffs_deflate__error__bad_distance_code_count
#define wuffs_deflate__error__bad_huffman_code                     xb_wuffs_deflate__error__bad_huffman_code
#define wuffs_deflate__error__bad_huffman_code_length_count        xb_wuffs_deflate__error__bad_huffman_code_length_count
#define wuffs_deflate__error__bad_huffman_code_length_repetition   xb_wuffs_deflate__error__bad_huffman_code_length_repetition
#define wuffs_deflate__error__bad_huffman_code_over_subscribed     xb_wuffs_deflate__error__bad_huffman_code_over_subscribed
#define wuffs_deflate__error__bad_huffman_code_under_subscribed    xb_wuffs_deflate__error__bad_huffman_code_under_subscribed
#define wuffs_deflate__error__bad_huffman_minimum_code_length      xb_wuffs_deflate__error__bad_huffman_minimum_code_length
#define wuffs_deflate__error__bad_literal_length_code_count        xb_wuffs_deflate__error__bad_literal_length_code_count
#define wuffs_deflate__error__inconsistent_stored_block_length     xb_wuffs_deflate__error__inconsistent_stored_block_length
#define wuffs_deflate__error__internal_error_inconsistent_distance xb_wuffs_deflate__error__internal_error_inconsistent_distance
#define wuffs_deflate__error__internal_error_inconsistent_huffman_decoder_state \
    xb_wuffs_deflate__error__internal_error_inconsistent_huffman_decoder_state
#define wuffs_deflate__error__internal_error_inconsistent_i_o    xb_wuffs_deflate__error__internal_error_inconsistent_i_o
#define wuffs_deflate__error__internal_error_inconsistent_n_bits xb_wuffs_deflate__error__internal_error_inconsistent_n_bits
#define wuffs_deflate__error__missing_end_of_block_code          xb_wuffs_deflate__error__missing_end_of_block_code
#define wuffs_deflate__error__no_huffman_codes                   xb_wuffs_deflate__error__no_huffman_codes
#define wuffs_deflate__error__truncated_input                    xb_wuffs_deflate__error__truncated_input
#define wuffs_jpeg__decoder__func_ptrs_for__wuffs_base__image_decoder \
    xb_wuffs_jpeg__decoder__func_ptrs_for__wuffs_base__image_decoder
#define wuffs_jpeg__error__bad_dht_marker xb_wuffs_jpeg__error__bad_dht_marker
#define wuffs_jpeg__error__bad_dqt_marker xb_wuffs_jpeg__error__bad_dqt_marker
#define wuffs_jpeg__error__bad_dri_marker xb_wuffs_jpeg__error__bad_dri_marker
#define wuffs_jpeg__error__bad_header     xb_wuffs_jpeg__error__bad_header
#define wuffs_jpeg__error__bad_marker     xb_wuffs_jpeg__error__bad_marker
#define wuffs_jpeg__error__bad_scan_count xb_wuffs_jpeg__error__bad_scan_count
#define wuffs_jpeg__error__bad_sof_marker xb_wuffs_jpeg__error__bad_sof_marker
#define wuffs_jpeg__error__bad_sos_marker xb_wuffs_jpeg__error__bad_sos_marker
#define wuffs_jpeg__error__internal_error_inconsistent_decoder_state \
    xb_wuffs_jpeg__error__internal_error_inconsistent_decoder_state
#define wuffs_jpeg__error__missing_huffman_table           xb_wuffs_jpeg__error__missing_huffman_table
#define wuffs_jpeg__error__missing_quantization_table      xb_wuffs_jpeg__error__missing_quantization_table
#define wuffs_jpeg__error__rejected_progressive_jpeg       xb_wuffs_jpeg__error__rejected_progressive_jpeg
#define wuffs_jpeg__error__short_sos_bitstream             xb_wuffs_jpeg__error__short_sos_bitstream
#define wuffs_jpeg__error__truncated_input                 xb_wuffs_jpeg__error__truncated_input
#define wuffs_jpeg__error__unsupported_arithmetic_coding   xb_wuffs_jpeg__error__unsupported_arithmetic_coding
#define wuffs_jpeg__error__unsupported_color_model         xb_wuffs_jpeg__error__unsupported_color_model
#define wuffs_jpeg__error__unsupported_fractional_sampling xb_wuffs_jpeg__error__unsupported_fractional_sampling
#define wuffs_jpeg__error__unsupported_hierarchical_coding xb_wuffs_jpeg__error__unsupported_hierarchical_coding
#define wuffs_jpeg__error__unsupported_implicit_height     xb_wuffs_jpeg__error__unsupported_implicit_height
#define wuffs_jpeg__error__unsupported_lossless_coding     xb_wuffs_jpeg__error__unsupported_lossless_coding
#define wuffs_jpeg__error__unsupported_marker              xb_wuffs_jpeg__error__unsupported_marker
#define wuffs_jpeg__error__unsupported_precision           xb_wuffs_jpeg__error__unsupported_precision
#define wuffs_jpeg__error__unsupported_precision_12_bits   xb_wuffs_jpeg__error__unsupported_precision_12_bits
#define wuffs_jpeg__error__unsupported_precision_16_bits   xb_wuffs_jpeg__error__unsupported_precision_16_bits
#define wuffs_jpeg__error__unsupported_scan_count          xb_wuffs_jpeg__error__unsupported_scan_count
#define wuffs_private_impl__low_bits_mask__u16             xb_wuffs_private_impl__low_bits_mask__u16
#define wuffs_private_impl__low_bits_mask__u32             xb_wuffs_private_impl__low_bits_mask__u32
#define wuffs_private_impl__low_bits_mask__u64             xb_wuffs_private_impl__low_bits_mask__u64
#define wuffs_private_impl__low_bits_mask__u8              xb_wuffs_private_impl__low_bits_mask__u8
#define wuffs_private_impl__pixel_format__bits_per_channel xb_wuffs_private_impl__pixel_format__bits_per_channel

#endif
