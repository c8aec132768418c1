"""What of the interpreter lies in RAM, and what of those files need not.

In flash the code that runs at every step would push itself out of a cache of 16 kB, and a press
would take twice as long; but each byte of it in RAM is one that the heap lacks.
"""

# MicroPython means gc.c and vm.c to be in RAM, but names them as only some tool chains do. The
# frozen content is our native code; the rest of it is data, and stays in flash.
IN_RAM = (
    *("py/argcheck", "py/bc", "py/gc", "py/malloc", "py/map", "py/nativeglue", "py/obj"),
    *("py/objarray", "py/objboundmeth", "py/objfun", "py/objtuple", "py/objtype", "py/runtime"),
    *("py/vm", "frozen_content"),
)

# Functions of these files in which a console with presses and lamps at work spends less than one
# part in 5,000 of its time.
_COLD = (
    "array_append array_construct array_extend array_get_buffer array_it_iternext "
    "array_iterator_new array_make_new array_new array_print array_unary_op "
    "bound_meth_binary_op bytearray_make_new check_for_special_accessors checked_fun_call "
    "convert_obj_for_inline_asm fun_asm_call fun_bc_print fun_builtin_3_call fun_viper_call "
    "gc_dump_alloc_table gc_dump_info gc_info gc_init gc_is_locked gc_lock gc_nbytes "
    "gc_realloc gc_sweep_all gc_unlock instance_binary_op instance_count_native_bases "
    "instance_get_buffer instance_print instance_subscr instance_unary_op m_malloc_fail "
    "m_malloc_with_finaliser m_realloc memoryview_make_new mp_arg_parse_all "
    "mp_arg_parse_all_kw_array mp_builtin_issubclass mp_decode_uint mp_encode_uint "
    "mp_import_all mp_import_from mp_import_name mp_init mp_iternext_allow_raise "
    "mp_load_build_class mp_load_method_protected mp_load_name mp_load_super_method "
    "mp_make_raise_obj mp_map_clear mp_map_deinit mp_map_init mp_map_rehash "
    "mp_native_from_obj mp_native_to_obj mp_native_type_from_qstr mp_native_yield_from "
    "mp_obj_cast_to_native_base mp_obj_fun_bc_attr mp_obj_fun_get_name mp_obj_get_array "
    "mp_obj_get_array_fixed_n mp_obj_get_complex mp_obj_get_complex_maybe mp_obj_get_float "
    "mp_obj_get_float_maybe mp_obj_get_int_truncated mp_obj_id mp_obj_instance_call "
    "mp_obj_instance_getiter mp_obj_instance_is_callable mp_obj_instance_make_new "
    "mp_obj_is_callable mp_obj_is_subclass mp_obj_is_subclass_fast mp_obj_new_bound_meth "
    "mp_obj_new_bytearray mp_obj_new_bytearray_by_ref mp_obj_new_fun_bc mp_obj_new_instance "
    "mp_obj_new_memoryview mp_obj_new_type mp_obj_print_exception mp_obj_print_helper "
    "mp_obj_tuple_binary_op mp_obj_tuple_getiter mp_obj_tuple_make_new mp_obj_tuple_print "
    "mp_parse_compile_execute mp_raise_StopIteration mp_raise_TypeError_int_conversion "
    "mp_resume mp_set_lookup mp_set_rehash mp_set_remove_first mp_store_global mp_store_name "
    "mp_unpack_ex native_base_init_wrapper static_class_method_make_new super_attr "
    "super_make_new super_print tuple_it_iternext type_attr type_make_new"
)
IN_FLASH = tuple(_COLD.split())
