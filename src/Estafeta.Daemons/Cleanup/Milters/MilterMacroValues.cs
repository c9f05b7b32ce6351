using Estafeta.Configuration;
using Estafeta.Mail.Addresses;
using Estafeta.Net.Milter;

namespace Estafeta.Daemons.Cleanup;

/// <summary>The macros cleanup gives milters for mail that did not come by SMTP: of a client that does not exist.</summary>
public sealed class MilterMacroValues(MilterMacroDefaults defaults)
{
    public static MilterMacroValues Load(ParameterSet parameters) => new(MilterMacroDefaults.Load(parameters));

    public MilterMacros ForMessage(string queueId, string sender) => new(this, queueId, sender);

    internal string? Find(string name) => name switch
    {
        "_" => "localhost [127.0.0.1]",
        "{client_name}" or "{client_ptr}" => "localhost",
        "{client_addr}" => "127.0.0.1",
        "{client_connections}" => "0",
        _ => defaults.FindFixed(name),
    };

    internal string? FindDefault(string name) => defaults.FindDefault(name);
}

/// <summary>The macros of one message.</summary>
public sealed class MilterMacros(MilterMacroValues values, string queueId, string sender)
{
    /// <summary>The recipient being told of.</summary>
    public string? Recipient { get; set; }

    public string? Find(string name) => Own(name) ?? values.Find(name) ?? values.FindDefault(name);

    private string? Own(string name) => name switch
    {
        "i" => queueId,
        "{mail_addr}" => LocalPart.Quote(sender),
        "{mail_host}" => Domain(sender),
        "{rcpt_addr}" => Recipient == null ? null : LocalPart.Quote(Recipient),
        "{rcpt_host}" => Recipient == null ? null : Domain(Recipient),
        _ => null,
    };

    private static string? Domain(string address) => address.LastIndexOf('@') is >= 0 and var at ? address[(at + 1)..] : null;
}
