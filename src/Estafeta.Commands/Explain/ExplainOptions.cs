using System.Globalization;
using System.Net;
using Estafeta.Commands.CommandLine;
using Estafeta.Daemons.Smtpd.Explaining;

namespace Estafeta.Commands.Explain;

/// <summary>The command line of <c>estafeta explain</c>.</summary>
internal sealed record ExplainOptions(ExplainRequest Request)
{
    public const string Usage = """
        usage: estafeta explain --client ADDRESS [--name NAME] [--helo NAME] [--login USER] [--tls] [--ccert FINGERPRINT] [--ccert-trusted]
               --from SENDER --rcpt RECIPIENT [--rcpt RECIPIENT ...] [--size OCTETS] [--service NAME] [--json] [-c CONFIG_DIR]
        """;

    /// <summary>Null: MAIL_CONFIG, else /etc/postfix.</summary>
    public string? ConfigDirectory { get; init; }

    /// <summary>The smtpd entry of master.cf; null: the one for smtp, else the first.</summary>
    public string? Service { get; init; }

    public bool IsJson { get; init; }

    /// <exception cref="CommandException">The usage.</exception>
    public static ExplainOptions Parse(IReadOnlyList<string> arguments)
    {
        var recipients = new List<string>();
        IPAddress? client = null;
        string? sender = null;
        var options = new ExplainOptions(new ExplainRequest { Client = IPAddress.Loopback, Sender = "", Recipients = recipients });
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            switch (name)
            {
                case "--json":
                    options = options with { IsJson = true };
                    break;
                case "--tls":
                    options = options with { Request = options.Request with { IsEncrypted = true } };
                    break;
                case "--ccert-trusted":
                    options = options with { Request = options.Request with { IsEncrypted = true, IsCertificateTrusted = true } };
                    break;
                case "--client":
                    client = IPAddress.TryParse(Value(), out var address) ? address : throw Wrong($"{arguments[i]}: not an IP address");
                    break;
                case "--from":
                    sender = Value().Trim('<', '>');
                    break;
                case "--rcpt":
                    recipients.Add(Value().Trim('<', '>'));
                    break;
                default:
                    options = options.With(name, Value());
                    break;
            }

            string Value() => i + 1 < arguments.Count ? arguments[++i] : throw Wrong(null);
        }

        return client == null || sender == null || recipients.Count == 0
            ? throw Wrong(null)
            : options with { Request = options.Request with { Client = client, Sender = sender } };
    }

    private ExplainOptions With(string name, string value) => name switch
    {
        "--name" => this with { Request = Request with { ClientName = value } },
        "--helo" => this with { Request = Request with { Helo = value } },
        "--login" => this with { Request = Request with { Login = value } },
        "--ccert" => this with { Request = Request with { IsEncrypted = true, CertificateFingerprint = value } },
        "--size" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) => this with { Request = Request with { Size = size } },
        "--service" => this with { Service = value },
        "-c" => this with { ConfigDirectory = value },
        _ => throw Wrong(null),
    };

    private static CommandException Wrong(string? problem) => new(problem == null ? Usage : problem + "\n" + Usage, 64);
}
