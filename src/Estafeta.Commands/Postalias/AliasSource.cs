using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Commands.Postmap;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postalias;

/// <summary>
/// The <c>name: value, value</c> of aliases(5). Both sides are read as RFC 5322 text and stored as such: the name with quotes where it needs them (since
/// Postfix 3.12; earlier tables have none, and local(8) finds both), the value as written with spacing made even.
/// </summary>
internal sealed class AliasSource(ParameterSet parameters, TimeProvider time, IMailLog log) : ITableSource
{
    public string Separator => ":\t";

    public bool TryReadEntry(ReadOnlySpan<byte> line, SourcePlace place, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        var tokens = new List<AddressToken>();
        AddressTokenizer.Scan(RawText.Decode(line), tokens);
        var colon = tokens.FindIndex(static t => t.Is(':'));
        if (colon < 1 || colon + 1 == tokens.Count)
        {
            log.Warning($"{place}: need name:value pair");
            return false;
        }

        var all = CollectionsMarshal.AsSpan(tokens);
        foreach (var token in all[..colon])
        {
            if (token.Is('@'))
            {
                log.Warning($"{place}: name must be local");
                return false;
            }
        }

        key = RawText.Encode(LocalPart.Quote(AddressText.ToInternal(all[..colon])));
        value = RawText.Encode(ToExternal(all[(colon + 1)..]));
        return true;
    }

    /// <summary>What NIS masters and Sun's sendmail expected to find; Postfix writes them too.</summary>
    public IEnumerable<KeyValuePair<string, string>> StandardEntries() =>
    [
        new("@", "@"),
        new("YP_LAST_MODIFIED", time.GetUtcNow().ToUnixTimeSeconds().ToString("D10", CultureInfo.InvariantCulture)),
        new("YP_MASTER_NAME", parameters.Get(Parameters.Myhostname)),
    ];

    private static string ToExternal(ReadOnlySpan<AddressToken> tokens)
    {
        var text = new StringBuilder();
        for (var i = 0; i < tokens.Length; i++)
        {
            if (i > 0 && tokens[i].IsWord && tokens[i - 1].IsWord)
            {
                text.Append(' ');
            }

            Append(text, tokens[i]);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, AddressToken token)
    {
        if (token.Kind == AddressTokenKind.QuotedString)
        {
            text.Append('"');
            foreach (var c in token.Text.Span)
            {
                text.Append(c is '"' or '\\' or '\r' ? "\\" : "").Append(c);
            }

            text.Append('"');
            return;
        }

        text.Append(token.Text);
        if (token.Is(','))
        {
            text.Append(' ');
        }
    }
}
