using System.Buffers;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Values;

namespace Estafeta.Daemons.Cleanup;

/// <summary>message_reject_characters and message_strip_characters: octets that content may not have, or that are taken out of it.</summary>
internal sealed class ContentCharacters
{
    private readonly SearchValues<byte> _rejected;
    private readonly SearchValues<byte> _stripped;

    private ContentCharacters(byte[] rejected, byte[] stripped)
    {
        _rejected = SearchValues.Create(rejected);
        _stripped = SearchValues.Create(stripped);
    }

    /// <summary>Null when content may have any.</summary>
    public static ContentCharacters? Read(ParameterSet parameters)
    {
        var rejected = Octets(Parameters.MessageRejectCharacters);
        var stripped = Octets(Parameters.MessageStripCharacters);
        return rejected.Length + stripped.Length == 0 ? null : new ContentCharacters(rejected, stripped);

        // C escapes; beyond ASCII the octets of UTF-8.
        byte[] Octets(StringParameter parameter) =>
            [.. EscapedText.Decode(parameters.Get(parameter)).SelectMany(static c => c < 256 ? [(byte)c] : Encoding.UTF8.GetBytes(c.ToString()))];
    }

    /// <summary>Where the first octet is that content may not have; -1 when there is none.</summary>
    public int FindRejected(ReadOnlySpan<byte> content) => content.IndexOfAny(_rejected);

    public bool HasStripped(ReadOnlySpan<byte> content) => content.ContainsAny(_stripped);

    /// <summary>Takes octets out, in place. Answers how many are left.</summary>
    public int Strip(Span<byte> content)
    {
        var length = 0;
        for (var from = 0; from < content.Length;)
        {
            var found = content[from..].IndexOfAny(_stripped);
            var part = content[from..(found < 0 ? content.Length : from + found)];
            part.CopyTo(content[length..]);
            length += part.Length;
            from += part.Length + 1;
        }

        return length;
    }
}
