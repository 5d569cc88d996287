/* psrp_records.c - templates of psrp_stream_output_invocation.yml,
 * psrp_error_failed.yml and psrp_with_jea_configuration.yml. */
#include "psrp_records.h"

#include <stdio.h>
#include <string.h>

static void put(struct buf *out, const char *text)
{
    buf_put(out, text, strlen(text));
}

static void put_s(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "<S N=\"%s\">", name);
    psrp_text(out, text, strlen(text));
    put(out, "</S>");
}

static void send(struct pipeline *p, enum psrp_type type, struct buf *xml)
{
    pipeline_send(p, type, (char *)xml->data, xml->len);
    buf_free(xml);
}

/* Obj of an ErrorRecord; head: "<Obj RefId=..." up to ">", refs from ref. */
static void put_error(struct buf *out, const char *name, int ref,
                      const struct error_text *e)
{
    buf_printf(out, "<Obj%s RefId=\"%d\"><TN RefId=\"0\"><T>System."
               "Management.Automation.ErrorRecord</T><T>System.Object</T>"
               "</TN><ToString>", name, ref);
    psrp_text(out, e->message, strlen(e->message));
    buf_printf(out, "</ToString><MS>%s<Obj N=\"Exception\" RefId=\"%d\">"
               "<TN RefId=\"1\"><T>%s</T><T>System.SystemException</T>"
               "<T>System.Exception</T><T>System.Object</T></TN>"
               "<ToString>%s: ", name[0] == '\0'
                   ? "<B N=\"writeErrorStream\">true</B>" : "", ref + 1,
               e->exception, e->exception);
    psrp_text(out, e->message, strlen(e->message));
    put(out, "</ToString><Props>");
    put_s(out, "Message", e->message);
    buf_printf(out, "<Obj N=\"Data\" RefId=\"%d\"><TN RefId=\"3\">"
               "<T>System.Collections.ListDictionaryInternal</T>"
               "<T>System.Object</T></TN><DCT /></Obj>"
               "<Nil N=\"InnerException\" /><Nil N=\"TargetSite\" />"
               "<Nil N=\"StackTrace\" /><Nil N=\"HelpLink\" />"
               "<Nil N=\"Source\" /><I32 N=\"HResult\">-2146233087</I32>"
               "</Props></Obj><Nil N=\"TargetObject\" />", ref + 3);
    put_s(out, "FullyQualifiedErrorId", e->id);
    buf_printf(out, "<Obj N=\"InvocationInfo\" RefId=\"%d\">"
               "<TN RefId=\"2\"><T>System.Management.Automation."
               "InvocationInfo</T><T>System.Object</T></TN><ToString>System."
               "Management.Automation.InvocationInfo</ToString><Props>",
               ref + 2);
    put_s(out, "PositionMessage", e->position);
    put_s(out, "InvocationName", e->command);
    put(out, "<I32 N=\"PipelineLength\">0</I32></Props></Obj>"
        "<I32 N=\"ErrorCategory_Category\">0</I32>");
    put_s(out, "ErrorCategory_Message", e->category);
    put_s(out, "ErrorDetails_ScriptStackTrace",
          "at <ScriptBlock>, <No file>: line 1");
    put(out, "<Nil N=\"PSMessageDetails\" />"
        "<B N=\"SerializeExtendedInfo\">false</B></MS></Obj>");
}

void records_error(struct pipeline *p, const struct error_text *text)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    put_error(&xml, "", 0, text);
    send(p, PSRP_ERROR, &xml);
}

void records_failed(struct pipeline *p, const struct error_text *text)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    put(&xml, "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">5</I32>");
    put_error(&xml, " N=\"ExceptionAsErrorRecord\"", 1, text);
    put(&xml, "</MS></Obj>");
    send(p, PSRP_STATE, &xml);
}

void records_state(struct pipeline *p, int state)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    buf_printf(&xml, "<Obj RefId=\"0\"><MS><I32 N=\"PipelineState\">%d</I32>"
               "</MS></Obj>", state);
    send(p, PSRP_STATE, &xml);
}

void records_message(struct pipeline *p, enum psrp_type type,
                     const char *message)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);
    const char *name = type == PSRP_WARNING ? "Warning"
                     : type == PSRP_DEBUG ? "Debug" : "Verbose";

    buf_printf(&xml, "<Obj RefId=\"0\"><TN RefId=\"0\"><T>System.Management."
               "Automation.%sRecord</T><T>System.Management.Automation."
               "InformationalRecord</T><T>System.Object</T></TN><ToString>",
               name);
    psrp_text(&xml, message, strlen(message));
    put(&xml, "</ToString><MS>");
    put_s(&xml, "InformationalRecord_Message", message);
    put(&xml, "<B N=\"InformationalRecord_SerializeInvocationInfo\">false"
        "</B><Nil N=\"InformationalRecord_PipelineIterationInfo\" /></MS>"
        "</Obj>");
    send(p, type, &xml);
}

static void put_colour(struct buf *out, const char *name, int ref, int colour)
{
    if (colour < 0) {
        buf_printf(out, "<Nil N=\"%s\" />", name);
        return;
    }
    buf_printf(out, "<Obj N=\"%s\" RefId=\"%d\"><TN RefId=\"%d\">"
               "<T>System.ConsoleColor</T><T>System.Enum</T>"
               "<T>System.ValueType</T><T>System.Object</T></TN>"
               "<ToString>%s</ToString><I32>%d</I32></Obj>", name, ref,
               ref, console_colour_name(colour), colour);
}

static void put_source(const struct pipeline *p, struct buf *out,
                       const char *source, const char *tag)
{
    const char *computer = p->shell->host->name;
    const char *user = p->shell->identity->user;

    buf_printf(out, "<S N=\"Source\">%s</S><DT N=\"TimeGenerated\">2018-06-13"
               "T23:45:29.4583203+00:00</DT><Obj N=\"Tags\" RefId=\"9\">"
               "<TN RefId=\"9\"><T>System.Collections.Generic.List`1[[System."
               "String]]</T><T>System.Object</T></TN><LST>%s</LST></Obj>"
               "<S N=\"User\">%s\\%s</S><S N=\"Computer\">%s</S>"
               "<U32 N=\"ProcessId\">2780</U32>"
               "<U32 N=\"NativeThreadId\">368</U32>"
               "<U32 N=\"ManagedThreadId\">10</U32></MS></Obj>", source,
               tag, computer, user, computer);
}

void records_host(struct pipeline *p, const char *text, int foreground,
                  int background, bool newline)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    put(&xml, "<Obj RefId=\"0\"><MS><Obj N=\"MessageData\" RefId=\"1\">"
        "<TN RefId=\"0\"><T>System.Management.Automation."
        "HostInformationMessage</T><T>System.Object</T></TN><ToString>");
    psrp_text(&xml, text, strlen(text));
    put(&xml, "</ToString><Props>");
    put_s(&xml, "Message", text);
    buf_printf(&xml, "<B N=\"NoNewLine\">%s</B>", newline ? "false" : "true");
    put_colour(&xml, "ForegroundColor", 2, foreground);
    put_colour(&xml, "BackgroundColor", 3, background);
    put(&xml, "</Props></Obj>");
    put_source(p, &xml, "Write-Host", "<S>PSHOST</S>");
    send(p, PSRP_INFORMATION, &xml);
}

void records_information(struct pipeline *p, const char *text)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    put(&xml, "<Obj RefId=\"0\"><MS>");
    put_s(&xml, "MessageData", text);
    put_source(p, &xml, "Write-Information", "");
    send(p, PSRP_INFORMATION, &xml);
}

void records_progress(struct pipeline *p, const char *activity,
                      const char *status, int percent, bool completed)
{
    struct buf xml = BUF_INIT(PSRP_MESSAGE_MAX);

    put(&xml, "<Obj RefId=\"0\"><MS>");
    put_s(&xml, "Activity", activity);
    put(&xml, "<I32 N=\"ActivityId\">0</I32>");
    put_s(&xml, "StatusDescription", status);
    buf_printf(&xml, "<Nil N=\"CurrentOperation\" />"
               "<I32 N=\"ParentActivityId\">-1</I32>"
               "<I32 N=\"PercentComplete\">%d</I32><Obj N=\"Type\" "
               "RefId=\"1\"><TN RefId=\"0\"><T>System.Management.Automation."
               "ProgressRecordType</T><T>System.Enum</T><T>System.ValueType"
               "</T><T>System.Object</T></TN><ToString>%s</ToString>"
               "<I32>%d</I32></Obj><I32 N=\"SecondsRemaining\">-1</I32></MS>"
               "</Obj>", percent, completed ? "Completed" : "Processing",
               completed);
    send(p, PSRP_PROGRESS, &xml);
}
