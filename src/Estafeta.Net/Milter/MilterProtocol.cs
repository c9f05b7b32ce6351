namespace Estafeta.Net.Milter;

/// <summary>The letters and bits of the milter protocol, versions 2 to 6 (libmilter's mfdef.h is its only specification).</summary>
internal static class MilterProtocol
{
    public const int OldestVersion = 2;
    public const int NewestVersion = 6;

    /// <summary>libmilter's own limit for a packet we send; a body goes in chunks below it.</summary>
    public const int MaxChunk = 65535;

    /// <summary>Cap for what a milter may send: header values and bodies come in pieces below it.</summary>
    public const int MaxPacket = 1024 * 1024;

    /// <summary>The packet that most events are answered by.</summary>
    public static ReadOnlySpan<byte> Continue => [0, 0, 0, 1, (byte)MilterReply.Continue];
}

/// <summary>What we say.</summary>
internal enum MilterCommand : byte
{
    Abort = (byte)'A',
    Body = (byte)'B',
    Connect = (byte)'C',
    Macros = (byte)'D',
    EndOfBody = (byte)'E',
    Helo = (byte)'H',
    Header = (byte)'L',
    Mail = (byte)'M',
    EndOfHeaders = (byte)'N',
    Negotiate = (byte)'O',
    Quit = (byte)'Q',
    Recipient = (byte)'R',
    Data = (byte)'T',
    Unknown = (byte)'U',
}

/// <summary>What a milter answers.</summary>
internal enum MilterReply : byte
{
    AddRecipient = (byte)'+',
    DeleteRecipient = (byte)'-',
    AddRecipientWithArguments = (byte)'2',
    Shutdown = (byte)'4',
    Accept = (byte)'a',
    ReplaceBody = (byte)'b',
    Continue = (byte)'c',
    Discard = (byte)'d',
    ChangeSender = (byte)'e',
    ConnectionFailure = (byte)'f',
    AddHeader = (byte)'h',
    InsertHeader = (byte)'i',
    ChangeHeader = (byte)'m',
    Progress = (byte)'p',
    Quarantine = (byte)'q',
    Reject = (byte)'r',
    Skip = (byte)'s',
    TemporaryFailure = (byte)'t',
    ReplyCode = (byte)'y',
}

/// <summary>What a milter may ask to do (SMFIF_*).</summary>
[Flags]
public enum MilterActions : uint
{
    None = 0,
    AddHeaders = 0x1,
    ChangeBody = 0x2,
    AddRecipients = 0x4,
    DeleteRecipients = 0x8,
    ChangeHeaders = 0x10,
    Quarantine = 0x20,
    ChangeSender = 0x40,
    AddRecipientsWithArguments = 0x80,
    SetMacroLists = 0x100,
    All = 0x1ff,
}

/// <summary>What a milter does not want to see, or will not answer (SMFIP_*).</summary>
[Flags]
public enum MilterSteps : uint
{
    None = 0,
    NoConnect = 0x1,
    NoHelo = 0x2,
    NoMail = 0x4,
    NoRecipient = 0x8,
    NoBody = 0x10,
    NoHeaders = 0x20,
    NoEndOfHeaders = 0x40,
    NoReplyHeader = 0x80,
    NoUnknown = 0x100,
    NoData = 0x200,
    Skip = 0x400,
    RejectedRecipients = 0x800,
    NoReplyConnect = 0x1000,
    NoReplyHelo = 0x2000,
    NoReplyMail = 0x4000,
    NoReplyRecipient = 0x8000,
    NoReplyData = 0x10000,
    NoReplyUnknown = 0x20000,
    NoReplyEndOfHeaders = 0x40000,
    NoReplyBody = 0x80000,
    HeaderLeadingSpace = 0x100000,
    Version2 = 0x7f,
    Version3 = 0x17f,
    Version4 = 0x37f,
    Version6 = 0x1fffff,
}

/// <summary>The stages that have macros of their own, numbered as SMFIM_*.</summary>
public enum MilterStage
{
    Connect = 0,
    Helo = 1,
    Mail = 2,
    Recipient = 3,
    Data = 4,
    EndOfBody = 5,
    EndOfHeaders = 6,
    Unknown = 7,
}
