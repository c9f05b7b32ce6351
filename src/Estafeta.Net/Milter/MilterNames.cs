namespace Estafeta.Net.Milter;

/// <summary>The names that mfdef.h gives commands and replies, for log lines.</summary>
internal static class MilterNames
{
    public static string Of(MilterCommand command) => command switch
    {
        MilterCommand.Abort => "SMFIC_ABORT",
        MilterCommand.Body => "SMFIC_BODY",
        MilterCommand.Connect => "SMFIC_CONNECT",
        MilterCommand.EndOfBody => "SMFIC_BODYEOB",
        MilterCommand.Helo => "SMFIC_HELO",
        MilterCommand.Header => "SMFIC_HEADER",
        MilterCommand.Mail => "SMFIC_MAIL",
        MilterCommand.EndOfHeaders => "SMFIC_EOH",
        MilterCommand.Negotiate => "SMFIC_OPTNEG",
        MilterCommand.Quit => "SMFIC_QUIT",
        MilterCommand.Recipient => "SMFIC_RCPT",
        MilterCommand.Data => "SMFIC_DATA",
        MilterCommand.Unknown => "SMFIC_UNKNOWN",
        _ => "SMFIC_MACRO",
    };

    public static string Of(MilterReply reply) => reply switch
    {
        MilterReply.AddRecipient => "SMFIR_ADDRCPT",
        MilterReply.DeleteRecipient => "SMFIR_DELRCPT",
        MilterReply.AddRecipientWithArguments => "SMFIR_ADDRCPT_PAR",
        MilterReply.Shutdown => "SMFIR_SHUTDOWN",
        MilterReply.Accept => "SMFIR_ACCEPT",
        MilterReply.ReplaceBody => "SMFIR_REPLBODY",
        MilterReply.Continue => "SMFIR_CONTINUE",
        MilterReply.Discard => "SMFIR_DISCARD",
        MilterReply.ChangeSender => "SMFIR_CHGFROM",
        MilterReply.ConnectionFailure => "SMFIR_CONN_FAIL",
        MilterReply.AddHeader => "SMFIR_ADDHEADER",
        MilterReply.InsertHeader => "SMFIR_INSHEADER",
        MilterReply.ChangeHeader => "SMFIR_CHGHEADER",
        MilterReply.Progress => "SMFIR_PROGRESS",
        MilterReply.Quarantine => "SMFIR_QUARANTINE",
        MilterReply.Reject => "SMFIR_REJECT",
        MilterReply.Skip => "SMFIR_SKIP",
        MilterReply.TemporaryFailure => "SMFIR_TEMPFAIL",
        MilterReply.ReplyCode => "SMFIR_REPLYCODE",
        _ => "(unknown filter reply)",
    };
}
