using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Mail.Dsn;

namespace Estafeta.Commands.Sendmail;

/// <summary>Sendmail's command line as Postfix reads it: options it knows, options it ignores, and those it refuses.</summary>
internal sealed class SendmailOptionParser
{
    private const string Letters = "A:B:C:F:GIL:N:O:R:UV:X:ab:ce:f:h:imno:p:r:q:tvx";
    private const int MaxEnvelopeId = 100; // RFC 3461
    private readonly List<string> _warnings = [];
    private SendmailOptions _options = new();

    /// <param name="mode">What the name of the command asks for: mailq, newaliases.</param>
    public static SendmailOptions Parse(IReadOnlyList<string> arguments, SendmailMode mode) =>
        new SendmailOptionParser().Read(arguments, mode);

    private SendmailOptions Read(IReadOnlyList<string> arguments, SendmailMode mode)
    {
        _options = _options with { Mode = mode };
        var reader = new OptionReader(arguments, Letters) { Respell = Respell };
        while (reader.TryRead(out var option, out var value))
        {
            Apply(option, value);
        }

        if (reader.Error != null)
        {
            // Postfix looks at the options twice, and complains each time.
            throw new CommandException("usage: sendmail [options]", SendmailProgram.TemporaryFailure)
            {
                Preface = $"sendmail: {reader.Error}\nsendmail: {reader.Error}",
            };
        }

        Check();
        return _options with { Operands = reader.Operands, Warnings = _warnings };
    }

    // -q alone takes no value, whatever follows it; and -V as it was before Postfix 2.3, told from today's by the lengths Postfix goes by.
    private string? Respell(string word, string? next)
    {
        if (word == "-q")
        {
            SetMode(SendmailMode.FlushQueue);
            return null;
        }

        if ((word == "-V" && next != null && Encoding.UTF8.GetByteCount(next) == 2) || (word.StartsWith("-V", StringComparison.Ordinal) && Encoding.UTF8.GetByteCount(word) == 4))
        {
            var verp = "-X" + word[1..];
            _warnings.Add($"option {word} is deprecated with Postfix 2.3; specify {verp} instead");
            return verp;
        }

        return word;
    }

    private void Apply(char option, string value)
    {
        switch (option)
        {
            case 'B':
                _options = _options with { Encoding = BodyType(value) };
                break;
            case 'b':
                ApplyMode(value);
                break;
            case 'C':
                _options = _options with { ConfigDirectory = File.Exists(value) ? Path.GetDirectoryName(value) : value };
                break;
            case 'F':
                _options = _options with { FullName = value };
                break;
            case 'f' or 'r':
                _options = _options with { Sender = value };
                break;
            case 'G':
                _options = _options with { IsRelayed = true };
                break;
            case 'I':
                SetMode(SendmailMode.NewAliases);
                break;
            case 'i':
                _options = _options with { IgnoreDots = true };
                break;
            case 'N':
                ApplyNotify(value);
                break;
            case 'O':
                ApplyLongOption(value);
                break;
            case 'o':
                ApplySetting(value);
                break;
            case 'q':
                ApplyQueue(value);
                break;
            case 'R':
                ApplyReturn(value);
                break;
            case 't':
                _options = _options with { ExtractRecipients = true };
                break;
            case 'V':
                ApplyEnvelopeId(value);
                break;
            case 'v':
                _options = _options with { Verbosity = _options.Verbosity + 1 };
                break;
            case 'X':
                ApplyVerp(value);
                break;
        }
    }

    private static string BodyType(string value) => value.ToUpperInvariant() switch
    {
        "8BITMIME" => "8bit",
        "7BIT" => "7bit",
        _ => throw Fatal("-B option needs 8BITMIME or 7BIT"),
    };

    private void ApplyMode(string value)
    {
        switch (value.Length > 0 ? value[0] : '\0')
        {
            case 'd' or 'l':
                SetMode(SendmailMode.Daemon);
                break;
            case 'h' or 'H':
                SetMode(SendmailMode.Ignore);
                break;
            case 'i':
                SetMode(SendmailMode.NewAliases);
                break;
            case 'm':
                SetMode(SendmailMode.Deliver);
                break;
            case 'p':
                SetMode(SendmailMode.ListQueue);
                break;
            case 's':
                SetMode(SendmailMode.StandAloneServer);
                break;
            case 'v':
                _options = _options with { VerifiesOnly = true };
                break;
            default:
                throw Fatal($"unsupported: -b{value[..Math.Min(value.Length, 1)]}");
        }
    }

    private void ApplyNotify(string value)
    {
        var isGood = RecipientDsn.TryReadNotify(value, out var notify, out var unknown);
        if (unknown != null)
        {
            _warnings.Add($"unknown DSN NOTIFY command value \"{unknown}\" in \"{value}\"");
        }

        if (!isGood)
        {
            _warnings.Add("bad -N option value -- ignored");
            return;
        }

        _options = _options with { Notify = notify };
    }

    private void ApplyReturn(string value)
    {
        switch (value.ToLowerInvariant())
        {
            case "full":
                _options = _options with { Return = DsnReturn.Full };
                break;
            case "hdrs":
                _options = _options with { Return = DsnReturn.Headers };
                break;
            default:
                _warnings.Add("bad -R option value -- ignored");
                break;
        }
    }

    private void ApplyLongOption(string value)
    {
        var equals = value.IndexOf('=');
        var name = equals < 0 ? value : value[..equals];
        var isYes = value.AsSpan(equals + 1).Trim().Equals("yes", StringComparison.OrdinalIgnoreCase);
        if (name.Equals("smtputf8", StringComparison.OrdinalIgnoreCase))
        {
            _options = _options with { SmtpUtf8 = isYes };
        }
        else if (name.Equals("requiretls", StringComparison.OrdinalIgnoreCase))
        {
            _options = _options with { RequireTls = isYes };
        }
    }

    private void ApplySetting(string value)
    {
        switch (value.Length > 0 ? value[0] : '\0')
        {
            case 'A':
                if (value.Length == 1)
                {
                    throw Fatal("-oA requires pathname");
                }

                _options = _options with { AliasDatabase = value[1..] };
                break;
            case 'i':
                _options = _options with { IgnoreDots = true };
                break;
        }
    }

    private void ApplyQueue(string value)
    {
        switch (value[0])
        {
            case >= '0' and <= '9':
                SetMode(SendmailMode.Ignore);
                break;
            case 'I':
                _options = _options with { FlushQueueId = Site(value) };
                break;
            case 'R':
                _options = _options with { FlushSite = Site(value) };
                break;
            default:
                throw Fatal($"-q{value[0]} is not implemented");
        }
    }

    private static string Site(string value) =>
        value.Length > 1 ? value[1..] : throw Fatal($"specify: -q{value[0]}{(value[0] == 'I' ? "queueid" : "sitename")}");

    private void ApplyVerp(string value)
    {
        if (!value.StartsWith('V'))
        {
            throw Fatal($"unsupported: -X{value[..1]}");
        }

        _options = _options with { Verp = value[1..] };
    }

    private void ApplyEnvelopeId(string value)
    {
        if (value.Length > MaxEnvelopeId)
        {
            _warnings.Add("too long -V option value -- ignored");
        }
        else if (value.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
        {
            _warnings.Add("bad syntax in -V option value -- ignored");
        }
        else
        {
            _options = _options with { EnvelopeId = value };
        }
    }

    private void SetMode(SendmailMode mode)
    {
        if (_options.Mode is SendmailMode.Deliver or SendmailMode.Ignore || mode == SendmailMode.ListQueue)
        {
            _options = _options with { Mode = mode };
        }
    }

    private void Check()
    {
        if (_options.ExtractRecipients && _options.Mode != SendmailMode.Deliver)
        {
            throw Fatal("-t can be used only in delivery mode");
        }

        if (_options.ExtractRecipients && _options.VerifiesOnly)
        {
            throw Fatal("-t option cannot be used with -bv");
        }

        if (_options.FlushSite != null && _options.FlushQueueId != null)
        {
            throw Fatal("multiple -q flags");
        }
    }

    private static CommandException Fatal(string message) => new(message, SendmailProgram.TemporaryFailure);
}
