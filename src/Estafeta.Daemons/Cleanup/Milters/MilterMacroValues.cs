using Estafeta.Configuration;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Milter;

namespace Estafeta.Daemons.Cleanup;

/// <summary>The macros cleanup gives milters for mail that did not come by SMTP: of a client that does not exist.</summary>
public sealed class MilterMacroValues(MilterMacroDefaults defaults)
{
    public static MilterMacroValues Load(ParameterSet parameters) => new(MilterMacroDefaults.Load(parameters));

    public MilterMacros ForMessage(string queueId) => new(this, queueId);

    internal string? Find(string name) => name switch
    {
        "_" => "localhost [127.0.0.1]",
        "{client_name}" or "{client_ptr}" => "localhost",
        "{client_addr}" or "{daemon_addr}" => "127.0.0.1",
        "{client_port}" or "{daemon_port}" => "0",
        _ => defaults.FindFixed(name),
    };

    internal string? FindDefault(string name) => defaults.FindDefault(name);
}

/// <summary>The macros of one message.</summary>
public sealed class MilterMacros(MilterMacroValues values, string queueId)
{
    /// <summary>Known from MAIL on.</summary>
    public string? Sender { get; set; }

    /// <summary>The recipient being told of.</summary>
    public string? Recipient { get; set; }

    public string? Find(string name) => Own(name) ?? values.Find(name) ?? values.FindDefault(name);

    private string? Own(string name) => name switch
    {
        "i" => queueId,
        "{mail_addr}" => Sender == null ? null : LocalPart.Quote(Sender),
        "{rcpt_addr}" => Recipient == null ? null : LocalPart.Quote(Recipient),
        _ => null,
    };
}
