using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Addresses;

namespace Estafeta.Daemons.Cleanup;

/// <summary>The macros cleanup gives milters for mail that did not come by SMTP, and milter_macro_defaults for those it has no value for.</summary>
public sealed class MilterMacroValues
{
    private readonly Dictionary<string, string> _fixed = [];
    private readonly Dictionary<string, string> _defaults = [];

    public static MilterMacroValues Load(ParameterSet parameters)
    {
        var values = new MilterMacroValues();
        values._fixed["j"] = parameters.Get(Parameters.Myhostname);
        values._fixed["v"] = parameters.Get(Parameters.MilterMacroV);
        values._fixed["{daemon_name}"] = parameters.Get(Parameters.MilterMacroDaemonName);
        values._fixed["_"] = "localhost [127.0.0.1]";
        values._fixed["{client_name}"] = "localhost";
        values._fixed["{client_addr}"] = "127.0.0.1";
        values._fixed["{client_ptr}"] = "localhost";
        values._fixed["{client_connections}"] = "0";
        foreach (var word in WordList.Split(parameters.Get(Parameters.MilterMacroDefaults)))
        {
            var text = word.Trim('{', '}');
            var equals = text.IndexOf('=');
            if (equals <= 0)
            {
                throw new ConfigurationException($"malformed default macro entry: {word} in \"{parameters.Get(Parameters.MilterMacroDefaults)}\"");
            }

            var name = text[..equals].Trim();
            values._defaults[name.Length == 1 ? name : $"{{{name}}}"] = text[(equals + 1)..].Trim();
        }

        return values;
    }

    public MilterMacros ForMessage(string queueId, string sender) => new(this, queueId, sender);

    internal string? Find(string name) => _fixed.GetValueOrDefault(name);

    internal string? FindDefault(string name) => _defaults.GetValueOrDefault(name.Length == 1 || name.StartsWith('{') ? name : $"{{{name}}}");
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
