/* host_reply.c - answers to host calls. */
#include "psrp/host_reply.h"

#include <stdio.h>
#include <string.h>

#include "psrp/clixml_writer.h"
#include "psrp/types.h"

/* System.Management.Automation.ErrorCategory.InvalidOperation */
enum { INVALID_OPERATION = 7 };

/* The message up to where "mr" or "me" stands. */
static void begin(const struct host_reply *reply, struct clixml_writer *w)
{
    pool_put_header(reply->pool, reply->pipeline,
                    reply->pipeline != NULL
                        ? MESSAGE_PIPELINE_HOST_RESPONSE
                        : MESSAGE_RUNSPACEPOOL_HOST_RESPONSE, reply->out);
    clixml_writer_init(w, reply->out);
    clixml_begin_object(w, NULL);
    clixml_begin(w, "MS");
    clixml_put_i64(w, "ci", reply->call->ci);
    clixml_put_enum(w, "mi", type_method, reply->call->name,
                    (int32_t)reply->call->method);
}

static int end(const struct host_reply *reply, struct clixml_writer *w,
               struct err *err)
{
    clixml_end(w, "MS");
    clixml_end_object(w);
    return buf_ok(reply->out, STAGE_COMMAND, err);
}

/* MS-PSRP 2.2.3.17: "the client MUST make sure that the data type of the mr
 * property is the same". */
static int begin_value(const struct host_reply *reply,
                       enum host_returns returns, struct clixml_writer *w,
                       struct err *err)
{
    if (reply->call->returns != returns)
        return err_set(err, ERR_INTERNAL, STAGE_COMMAND,
                       "%s is answered with a value of another type",
                       reply->call->name);
    begin(reply, w);
    return 0;
}

int host_reply_string(const struct host_reply *reply, const char *text,
                      size_t n, struct err *err)
{
    struct clixml_writer w;

    if (begin_value(reply, HOST_RETURNS_STRING, &w, err) != 0)
        return -1;
    clixml_put_string(&w, "mr", text, n);
    return end(reply, &w, err);
}

int host_reply_int(const struct host_reply *reply, int32_t number,
                   struct err *err)
{
    struct clixml_writer w;

    if (begin_value(reply, HOST_RETURNS_INT, &w, err) != 0)
        return -1;
    clixml_put_i32(&w, "mr", number);
    return end(reply, &w, err);
}

int host_reply_ints(const struct host_reply *reply, const int32_t *numbers,
                    size_t count, struct err *err)
{
    struct clixml_writer w;
    size_t i;

    if (begin_value(reply, HOST_RETURNS_INTS, &w, err) != 0)
        return -1;
    clixml_begin_object(&w, "mr");
    clixml_put_types(&w, type_array_list);
    clixml_begin(&w, "LST");
    for (i = 0; i < count; i++)
        clixml_put_i32(&w, NULL, numbers[i]);
    clixml_end(&w, "LST");
    clixml_end_object(&w);
    return end(reply, &w, err);
}

int host_reply_bool(const struct host_reply *reply, bool value,
                    struct err *err)
{
    struct clixml_writer w;

    if (begin_value(reply, HOST_RETURNS_BOOL, &w, err) != 0)
        return -1;
    clixml_put_bool(&w, "mr", value);
    return end(reply, &w, err);
}

int host_reply_pair(const struct host_reply *reply, int32_t first,
                    int32_t second, struct err *err)
{
    bool size = reply->call->returns == HOST_RETURNS_SIZE;
    struct clixml_writer w;

    if (begin_value(reply, size ? HOST_RETURNS_SIZE : HOST_RETURNS_POINT, &w,
                    err) != 0)
        return -1;
    clixml_begin_object(&w, "mr");
    clixml_begin(&w, "MS");
    clixml_put_i32(&w, size ? "width" : "x", first);
    clixml_put_i32(&w, size ? "height" : "y", second);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
    return end(reply, &w, err);
}

int host_reply_key(const struct host_reply *reply,
                   const struct host_key *key, struct err *err)
{
    struct clixml_writer w;
    char character[8];

    if (begin_value(reply, HOST_RETURNS_KEY, &w, err) != 0)
        return -1;
    snprintf(character, sizeof character, "%u", key->character);
    clixml_begin_object(&w, "mr");
    clixml_begin(&w, "MS");
    clixml_put_i32(&w, "virtualKeyCode", key->virtual_key);
    clixml_put_plain(&w, CLIXML_CHAR, "character", character);
    clixml_put_i32(&w, "controlKeyState", key->control_state);
    clixml_put_bool(&w, "keyDown", key->is_down);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
    return end(reply, &w, err);
}

static int put_secure(const struct host_reply *reply,
                      struct clixml_writer *w, const char *name,
                      const struct secret *utf8, struct err *err)
{
    struct buf sealed = BUF_INIT(CLIXML_BYTES_MAX);
    int rc = session_key_seal(reply->pool->key, utf8, &sealed, err);

    if (rc == 0)
        rc = (buf_put_u8(&sealed, 0), buf_ok(&sealed, STAGE_COMMAND, err));
    if (rc == 0)
        clixml_put_plain(w, CLIXML_SECURE_STRING, name,
                         (const char *)sealed.data);
    buf_free(&sealed);
    return rc;
}

int host_reply_secure(const struct host_reply *reply,
                      const struct secret *utf8, struct err *err)
{
    struct clixml_writer w;

    if (begin_value(reply, HOST_RETURNS_SECURE, &w, err) != 0 ||
        put_secure(reply, &w, "mr", utf8, err) != 0)
        return -1;
    return end(reply, &w, err);
}

/* MS-PSRP 2.2.3.25 */
static int put_credential(const struct host_reply *reply,
                          struct clixml_writer *w, const char *name,
                          const char *user, const struct secret *password,
                          struct err *err)
{
    clixml_begin_object(w, name);
    clixml_put_types(w, type_credential);
    clixml_put_to_string(w, type_credential[0]);
    clixml_begin(w, "Props");
    clixml_put_string(w, "UserName", user, strlen(user));
    if (put_secure(reply, w, "Password", password, err) != 0)
        return -1;
    clixml_end(w, "Props");
    clixml_end_object(w);
    return 0;
}

int host_reply_credential(const struct host_reply *reply, const char *user,
                          const struct secret *password, struct err *err)
{
    struct clixml_writer w;

    if (begin_value(reply, HOST_RETURNS_CREDENTIAL, &w, err) != 0 ||
        put_credential(reply, &w, "mr", user, password, err) != 0)
        return -1;
    return end(reply, &w, err);
}

static int put_field(const struct host_reply *reply, struct clixml_writer *w,
                     const struct host_field_value *field, struct err *err)
{
    int rc = 0;

    clixml_begin(w, "En");
    clixml_put_string(w, "Key", field->name, strlen(field->name));
    if (field->text != NULL && field->secret != NULL)
        rc = put_credential(reply, w, "Value", field->text, field->secret,
                            err);
    else if (field->secret != NULL)
        rc = put_secure(reply, w, "Value", field->secret, err);
    else if (field->text != NULL)
        clixml_put_string(w, "Value", field->text, strlen(field->text));
    else
        clixml_put_nil(w, "Value");
    clixml_end(w, "En");
    return rc;
}

int host_reply_fields(const struct host_reply *reply,
                      const struct host_field_value *fields, size_t count,
                      struct err *err)
{
    struct clixml_writer w;
    size_t i;

    if (begin_value(reply, HOST_RETURNS_FIELDS, &w, err) != 0)
        return -1;
    clixml_begin_object(&w, "mr");
    clixml_put_types(&w, type_hashtable);
    clixml_begin(&w, "DCT");
    for (i = 0; i < count; i++)
        if (put_field(reply, &w, &fields[i], err) != 0)
            return -1;
    clixml_end(&w, "DCT");
    clixml_end_object(&w);
    return end(reply, &w, err);
}

int host_reply_nothing(const struct host_reply *reply, struct err *err)
{
    struct clixml_writer w;

    begin(reply, &w);
    clixml_put_nil(&w, "mr");
    return end(reply, &w, err);
}

static void put_exception(struct clixml_writer *w, const char *message)
{
    clixml_begin_object(w, "Exception");
    clixml_put_types(w, type_host_exception);
    clixml_put_to_string(w, message);
    clixml_begin(w, "Props");
    clixml_put_string(w, "Message", message, strlen(message));
    clixml_end(w, "Props");
    clixml_end_object(w);
}

/* MS-PSRP 2.2.3.15, an ErrorRecord. */
int host_reply_error(const struct host_reply *reply, const char *message,
                     struct err *err)
{
    static const char id[] = "HostFunctionNotImplemented";
    struct clixml_writer w;

    begin(reply, &w);
    clixml_begin_object(&w, "me");
    clixml_put_types(&w, type_error_record);
    clixml_put_to_string(&w, message);
    clixml_begin(&w, "MS");
    put_exception(&w, message);
    clixml_put_nil(&w, "TargetObject");
    clixml_put_string(&w, "FullyQualifiedErrorId", id, strlen(id));
    clixml_put_nil(&w, "InvocationInfo");
    clixml_put_i32(&w, "ErrorCategory_Category", INVALID_OPERATION);
    clixml_put_string(&w, "ErrorCategory_Activity", "", 0);
    clixml_put_string(&w, "ErrorCategory_Reason", "HostException",
                      strlen("HostException"));
    clixml_put_string(&w, "ErrorCategory_TargetName", "", 0);
    clixml_put_string(&w, "ErrorCategory_TargetType", "", 0);
    clixml_put_string(&w, "ErrorCategory_Message", message, strlen(message));
    clixml_put_bool(&w, "SerializeExtendedInfo", false);
    clixml_end(&w, "MS");
    clixml_end_object(&w);
    return end(reply, &w, err);
}
