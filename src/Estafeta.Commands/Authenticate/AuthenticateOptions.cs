using System.Net;
using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Authenticate;

/// <summary>The command line of <c>estafeta authenticate</c>.</summary>
internal sealed record AuthenticateOptions(string File)
{
    public const string Usage = """
        usage: estafeta authenticate MESSAGE-FILE --client ADDRESS [--sender SENDER] [--helo NAME] [-c CONFIG_DIR]
        """;

    public IPAddress? Client { get; init; }

    /// <summary>Envelope sender; null: what Return-Path of the message says.</summary>
    public string? Sender { get; init; }

    public string Helo { get; init; } = "";

    /// <summary>Null: MAIL_CONFIG, else /etc/postfix.</summary>
    public string? ConfigDirectory { get; init; }

    /// <exception cref="CommandException">The usage.</exception>
    public static AuthenticateOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new AuthenticateOptions("");
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--client" when i + 1 < arguments.Count => options with { Client = IPAddress.TryParse(arguments[++i], out var address) ? address : throw Wrong($"{arguments[i]}: not an IP address") },
                "--sender" or "--from" when i + 1 < arguments.Count => options with { Sender = arguments[++i].Trim('<', '>') },
                "--helo" when i + 1 < arguments.Count => options with { Helo = arguments[++i] },
                "-c" when i + 1 < arguments.Count => options with { ConfigDirectory = arguments[++i] },
                _ when options.File.Length == 0 && (arguments[i] == "-" || !arguments[i].StartsWith('-')) => options with { File = arguments[i] },
                _ => throw Wrong(null),
            };
        }

        return options.File.Length > 0 ? options : throw Wrong(null);
    }

    private static CommandException Wrong(string? problem) => new(problem == null ? Usage : problem + "\n" + Usage, 64);
}
