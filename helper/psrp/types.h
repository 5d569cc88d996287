/*
 * types.h - .NET type names that remoting's messages carry, the most special
 * first, as arrays that NULL ends (for clixml_put_types()).
 */
#ifndef CREDSSP_PSRP_TYPES_H
#define CREDSSP_PSRP_TYPES_H

extern const char *const type_thread_options[];
extern const char *const type_apartment_state[];
extern const char *const type_stream_options[];
extern const char *const type_result_types[];
extern const char *const type_list[];
extern const char *const type_array_list[];
extern const char *const type_object_array[];
extern const char *const type_dictionary[];   /* PSPrimitiveDictionary */
extern const char *const type_hashtable[];
extern const char *const type_method[];       /* RemoteHostMethodId */
extern const char *const type_credential[];
extern const char *const type_error_record[];
extern const char *const type_host_exception[];

#endif
