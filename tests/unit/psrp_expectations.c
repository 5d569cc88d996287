/*
 * psrp_expectations.c - what must come out of recorded pools and pipelines,
 * written from the recordings.  "output" has the number of enum clixml_kind.
 */
#include "psrp_expectations.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

#define POOL_2016 "pool 2.3 5.1.14393.2248\n"
#define COMPLETED "state 4\n"
#define CONNECTED                                                             \
    "passes Connect\n"                                                        \
    "reads SESSION_CAPABILITY, state 7\n"                                     \
    "reads RUNSPACEPOOL_INIT_DATA, state 7\n"                                 \
    "passes Receive\n"                                                        \
    "reads RUNSPACEPOOL_STATE, state 2\n"
#define FIRST_USE "PROGRESS_RECORD Preparing modules for first use.\n"

const struct psrp_expectation psrp_expectations[] = {
    { "client_copy_file",
      "pool 2.3 5.1.17763.1971\n" FIRST_USE
      "output 4 C:\\Users\\vagrant-domain\\Documents\\test_file\n"
      COMPLETED
      "pool 2.3 5.1.17763.1971\n" FIRST_USE
      "output 4 C:\\Users\\vagrant-domain\\Documents\\test_file\n"
      COMPLETED },
    { "client_execute_ps",
      POOL_2016 FIRST_USE
      "output 4 winrm\n"
      "output 4 Running\n"
      "output 4 \n"
      "output 4 Status   Name               DisplayName                  "
      "         \n"
      "output 4 ------   ----               -----------                  "
      "         \n"
      "output 4 Running  winrm              Windows Remote Management (WS"
      "-Manag...\n"
      "output 4 \n"
      "output 4 \n" COMPLETED },
    { "client_execute_ps_environment",
      "pool 2.3 5.1.14393.2879\n"
      "output 4 AAA=%ChocolateyInstall%\\bin\n"
      "output 4 ALLUSERSPROFILE=C:\\ProgramData\n"
      "output 4 APPDATA=C:\\Users\\vagrant\\AppData\\Roaming\n"
      "output 4 bool=True\n"
      "output 4 ChocolateyInstall=C:\\ProgramData\\chocolatey\n"
      "output 4 ChocolateyLastPathUpdate=Tue Aug  7 12:58:19 2018\n"
      "output 4 CommonProgramFiles=C:\\Program Files\\Common Files\n"
      "output 4 CommonProgramFiles(x86)=C:\\Program Files (x86)\\Common F"
      "iles\n"
      "output 4 CommonProgramW6432=C:\\Program Files\\Common Files\n"
      "output 4 COMPUTERNAME=SERVER2016\n"
      "output 4 ComSpec=C:\\Windows\\system32\\cmd.exe\n"
      "output 4 double_quote=double \" quote\n"
      "output 4 hyphen - var=abc @ 123\n"
      "output 4 int=1234\n"
      "output 4 LOCALAPPDATA=C:\\Users\\vagrant\\AppData\\Local\n"
      "output 4 NUMBER_OF_PROCESSORS=2\n"
      "output 4 OS=Windows_NT\n"
      "output 4 Path=C:\\Python37\\Scripts\\;C:\\Python37\\;C:\\Windows"
      "\\system32;C:\\Windows;C:\n"
      "output 4 PATHEXT=.COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;"
      ".MSC;.PY;.PYW;.\n"
      "output 4 PROCESSOR_ARCHITECTURE=AMD64\n"
      "output 4 PROCESSOR_IDENTIFIER=Intel64 Family 6 Model 70 Stepping 1"
      ", GenuineIntel\n"
      "output 4 PROCESSOR_LEVEL=6\n"
      "output 4 PROCESSOR_REVISION=4601\n"
      "output 4 ProgramData=C:\\ProgramData\n"
      "output 4 ProgramFiles=C:\\Program Files\n"
      "output 4 ProgramFiles(x86)=C:\\Program Files (x86)\n"
      "output 4 ProgramW6432=C:\\Program Files\n"
      "output 4 PROMPT=$P$G\n"
      "output 4 PSModulePath=C:\\Users\\vagrant\\Documents\\WindowsPowerS"
      "hell\\Modules;C:\\Pro\n"
      "output 4 PUBLIC=C:\\Users\\Public\n"
      "output 4 single_quote=single ' quote\n"
      "output 4 string=string value\n"
      "output 4 SystemDrive=C:\n"
      "output 4 SystemRoot=C:\\Windows\n"
      "output 4 TEMP=C:\\Users\\vagrant\\AppData\\Local\\Temp\n"
      "output 4 TMP=C:\\Users\\vagrant\\AppData\\Local\\Temp\n"
      "output 4 USERDOMAIN=SERVER2016\n"
      "output 4 USERNAME=vagrant\n"
      "output 4 USERPROFILE=C:\\Users\\vagrant\n"
      "output 4 windir=C:\\Windows\n"
      "output 4 _-(){}[]<>*+-/\\?\"!@#$%^&|;:i,.`~0=_-(){}[]<>*+-/\\?\"!@"
      "#$%^&|;:i,.`~0\n" COMPLETED },
    { "client_fetch_file_fail_missing",
      "pool 2.3 5.1.17763.771\n" FIRST_USE
      "ERROR_RECORD The path at 'C:\\fakefile.txt' does not exist\n"
      " id The path at 'C:\\fakefile.txt' does not exist\n"
      "state 5\n" },
    { "psrp_application_args",
      POOL_2016
      "output 1 System.Management.Automation.PSPrimitiveDictionary[2] -\n"
      COMPLETED },
    { "psrp_clear_commands",
      POOL_2016 FIRST_USE
      "output 4 new\n" COMPLETED },
    /* A shell of ours ends with who opened it: the rest is read alone. */
    { "psrp_disconnect_runspaces",
      POOL_2016 "passes Disconnect\n" "passes Reconnect\n"
      "passes Disconnect\n" POOL_2016 "passes Disconnect\n"
      "passes Enumerate\n" "passes Enumerate\n" "passes Enumerate\n"
      CONNECTED CONNECTED "passes Delete\n" "passes Delete\n" },
    { "psrp_error_failed",
      POOL_2016 FIRST_USE
      "output 4 before\n"
      "ERROR_RECORD error\n"
      " id Microsoft.PowerShell.Commands.WriteErrorException\n"
      "state 5\n" },
    { "psrp_is_alive_invalid_selectors",
      "pool 2.3 5.1.26236.5000\n"
      "shell Connected\n"
      "fails shell-gone 0x8033805b\n" },
    { "psrp_is_alive_state_disconnected",
      "pool 2.3 5.1.26236.5000\n"
      "shell Connected\n"
      "shell Disconnected\n" },
    { "psrp_key_exchange_timeout",
      POOL_2016
      "fails timeout 0\n"
      "asked again 2\n" },
    { "psrp_long_running_cmdlet",
      POOL_2016
      "state 1\n"
      "state 1\n"
      "output 4 hi\n" COMPLETED
      "asked again 2\n" },
    { "psrp_merge_commands",
      POOL_2016 FIRST_USE
      "output 1 System.Management.Automation.DebugRecord[0] debug stream"
      "\n"
      "output 1 System.Management.Automation.VerboseRecord[0] verbose str"
      "eam\n"
      "output 1 System.Management.Automation.ErrorRecord[0] error stream"
      "\n"
      "output 4 output stream\n"
      "output 1 System.Management.Automation.WarningRecord[0] warning str"
      "eam\n"
      "output 1 System.Management.Automation.InformationRecord[0] informa"
      "tion stream\n"
      "DEBUG_RECORD debug stream\n"
      "VERBOSE_RECORD verbose stream\n"
      "ERROR_RECORD error stream\n"
      " id Microsoft.PowerShell.Commands.WriteErrorException\n"
      "output 4 output stream\n"
      "WARNING_RECORD warning stream\n"
      "INFORMATION_RECORD information stream\n" COMPLETED },
    { "psrp_multiple_commands",
      POOL_2016
      "fails malformed 0\n"
      "output 4 Hello World\n"
      "output 27 rTm4n3bxaFOIgdjhDDV5OA==\n"
      "output 4 こんにちは - actual_x000A_string\n"
      "newline: 𐐷\n"
      "output 4 hi\"\n"
      "output 4 win-nnmu24vvkj0\\vagrant\n"
      "output 14 123\n"
      "output 1 System.ServiceProcess.ServiceController[0] winrm\n"
      COMPLETED },
    { "psrp_multiple_invocations",
      "pool 2.3 5.1.26236.5000\n"
      "output 14 2\n" COMPLETED
      "output 14 2\n" COMPLETED },
    { "psrp_no_profile",
      "pool 2.3 5.1.26236.5000\n"
      "output 4 C:\\WINDOWS\\SYSTEM32\\CONFIG\\SYSTEMPROFILE\n" COMPLETED },
    { "psrp_open_runspace",
      POOL_2016 },
    { "psrp_pshost_methods",
      POOL_2016
      "output 1 System.Globalization.CultureInfo[0] en-US\n"
      "call SetShouldExit\n" COMPLETED },
    { "psrp_pshost_raw_ui_mocked_methods",
      POOL_2016
      "output 1 System.ConsoleColor[0] White\n"
      "call SetForegroundColor\n"
      "output 1 System.ConsoleColor[0] Green\n"
      "output 1 System.ConsoleColor[0] Blue\n"
      "call SetBackgroundColor\n"
      "output 1 System.ConsoleColor[0] Red\n"
      "output 1 System.Management.Automation.Host.Coordinates[0] 1,2\n"
      FIRST_USE
      "call WriteProgress\n"
      "call SetCursorPosition\n"
      "output 1 System.Management.Automation.Host.Coordinates[0] 11,12\n"
      "output 1 System.Management.Automation.Host.Coordinates[0] 3,4\n"
      "call SetWindowPosition\n"
      "output 1 System.Management.Automation.Host.Coordinates[0] 13,14\n"
      "output 14 50\n"
      "call SetCursorSize\n"
      "output 14 25\n"
      "output 1 System.Management.Automation.Host.Size[0] 80,80\n"
      "call SetBufferSize\n"
      "output 1 System.Management.Automation.Host.Size[0] 8,9\n"
      "output 1 System.Management.Automation.Host.Size[0] 80,80\n"
      "call SetWindowSize\n"
      "output 1 System.Management.Automation.Host.Size[0] 8,9\n"
      "output 4 pypsrp window\n"
      "call SetWindowTitle\n"
      "output 4 New Window Title\n"
      "asks ReadKey\n"
      "state 1\n"
      "output 1 System.Management.Automation.Host.KeyInfo[0] 65,a,CapsLoc"
      "kOn,True\n"
      "call FlushInputBuffer\n"
      "call SetBufferContents1\n"
      "call SetBufferContents2\n"
      "call ScrollBufferContents\n" COMPLETED },
    { "psrp_receive_failure",
      POOL_2016
      "fails shell-gone 0x8033805b\n" },
    { "psrp_reset_runspace_state",
      POOL_2016 FIRST_USE
      "output 4 hi\n" COMPLETED COMPLETED },
    { "psrp_run_protocol_version_2.1",
      "pool 2.1 2.0\n"
      "DEBUG_RECORD Start Block\n"
      "output 1 System.Management.Automation.ErrorRecord[0] error\n"
      "output 4 message 1\n"
      "output 14 2\n"
      "output 1 Deserialized.System.Object[][2] -\n"
      "DEBUG_RECORD End Block\n" COMPLETED },
    { "psrp_run_protocol_version_2.3",
      POOL_2016 FIRST_USE
      "DEBUG_RECORD Start Block\n"
      "output 1 System.Management.Automation.ErrorRecord[0] error\n"
      "output 4 message 1\n"
      "output 14 2\n"
      "output 1 Deserialized.System.Object[][2] -\n"
      "DEBUG_RECORD End Block\n" COMPLETED },
    { "psrp_set_runspaces",
      POOL_2016 },
    { "psrp_stream_no_output_invocation",
      POOL_2016 FIRST_USE
      "DEBUG_RECORD debug stream\n"
      "VERBOSE_RECORD verbose stream\n"
      "ERROR_RECORD error stream\n"
      " id Microsoft.PowerShell.Commands.WriteErrorException\n"
      "output 4 output stream\n"
      "WARNING_RECORD warning stream\n"
      "INFORMATION_RECORD information stream\n" COMPLETED },
    { "psrp_stream_output_invocation",
      POOL_2016 FIRST_USE
      "DEBUG_RECORD debug stream\n"
      "VERBOSE_RECORD verbose stream\n"
      "ERROR_RECORD error stream\n"
      " id Microsoft.PowerShell.Commands.WriteErrorException\n"
      "output 4 output stream\n"
      "WARNING_RECORD warning stream\n"
      "INFORMATION_RECORD information stream\n" COMPLETED },
    { "psrp_with_input",
      POOL_2016 FIRST_USE
      "DEBUG_RECORD Start Block\n"
      "output 4 1\n"
      "output 14 2\n"
      "output 1 Deserialized.System.Collections.Hashtable[2] -\n"
      "output 1 Deserialized.System.Object[][2] -\n"
      "DEBUG_RECORD End Block\n" COMPLETED },
    { "psrp_with_jea_configuration",
      POOL_2016
      "output 1 Microsoft.WSMan.Management.WSManConfigLeafElement[0] Micr"
      "osoft.WSMan.Management.WSManConfigLeafElement\n" COMPLETED
      "ERROR_RECORD Cannot find a provider with the name 'FileSystem'.\n"
      " id ProviderNotFound,Microsoft.PowerShell.Commands.GetItemCommand"
      "\n"
      "ERROR_RECORD The syntax is not supported by this runspace. This ca"
      "n occur if the runs\n"
      " id ScriptsNotAllowed\n"
      " advice this endpoint takes commands and no script: give one comma"
      "nd with -c, an\n"
      "state 5\n" },
};
const size_t psrp_expectation_count = COUNT(psrp_expectations);

#define DATA "INIT_RUNSPACEPOOL.HostInfo._hostDefaultData.data.V"

struct difference psrp_payload_differences[] = {
    { "INIT_RUNSPACEPOOL.ApplicationArguments",
      "nothing of a user's is to be told to the pool", 0 },
    { "INIT_RUNSPACEPOOL.HostInfo._isHostNull",
      "a terminal is there as a whole or not at all", 0 },
    { "INIT_RUNSPACEPOOL.HostInfo._useRunspaceHost", "the same", 0 },
    { DATA, "no terminal tells its colours and cursor before it is asked", 0 },
    { DATA ".x", "the same", 0 },
    { DATA ".y", "the same", 0 },
    { "CREATE_PIPELINE.HostInfo._isHostNull",
      "a pipeline uses the terminal of its pool", 0 },
    { "CREATE_PIPELINE.HostInfo._isHostUINull", "the same", 0 },
    { "CREATE_PIPELINE.HostInfo._isHostRawUINull", "the same", 0 },
    { "CREATE_PIPELINE.HostInfo._useRunspaceHost", "the same", 0 },
    { "CREATE_PIPELINE.HostInfo._hostDefaultData", "the same", 0 },
    { "CREATE_PIPELINE.RemoteStreamOptions",
      "a record's invocation information multiplies it, and is not printed",
      0 },
    { "CREATE_PIPELINE.PowerShell.ExtraCmds",
      "statements are a script's matter", 0 },
    { "CREATE_PIPELINE.PowerShell.Cmds.MergePreviousResults",
      "only errors are merged, and by the command that makes them", 0 },
    { "CREATE_PIPELINE.PowerShell.Cmds.MergeWarning", "the same", 0 },
    { "CREATE_PIPELINE.PowerShell.Cmds.MergeVerbose", "the same", 0 },
    { "CREATE_PIPELINE.PowerShell.Cmds.MergeDebug", "the same", 0 },
    { "CREATE_PIPELINE.PowerShell.Cmds.MergeInformation", "the same", 0 },
    { "PUBLIC_KEY.PublicKey", "a key of our own", 0 },
};
const size_t psrp_payload_difference_count = COUNT(psrp_payload_differences);
