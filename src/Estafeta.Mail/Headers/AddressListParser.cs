using Estafeta.Mail.Addresses;

namespace Estafeta.Mail.Headers;

/// <summary>
/// Sorts the tokens of an address header into parts, from the end to the beginning, as Postfix does: only who has seen <c>&gt;</c> or <c>;</c> knows
/// what a <c>&lt;</c> or <c>:</c> before it is. What has no such end is part of an address, however strange. A missing comma is supplied
/// between two words, and between <c>&gt;</c> or <c>;</c> and a bare address, but not before another <c>&lt;</c>. Comments move behind their address.
/// </summary>
internal sealed class AddressListParser(List<AddressToken> tokens)
{
    // Built from the end; turned round when complete.
    private readonly List<Part> _parts = new(tokens.Count);

    // The tokens of the address being collected, last one first.
    private readonly List<int> _address = [];

    // The token before may be a word of the same address: there is a special between them, or nothing yet.
    private bool _takesWord = true;

    private bool _isGroupClosed;

    public List<Part> Parts => _parts;

    public List<int> Addresses { get; } = [];

    public void Run()
    {
        for (var at = tokens.Count - 1; at >= 0;)
        {
            at = ReadBackward(at);
        }

        EndAddress();
        _parts.Reverse();
        for (var i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Kind == PartKind.Address)
            {
                Addresses.Add(i);
            }
        }
    }

    /// <returns>The next token to look at.</returns>
    private int ReadBackward(int at)
    {
        var token = tokens[at];
        switch (token.Kind)
        {
            case AddressTokenKind.Comment:
                AddText(at);
                return at - 1;
            case not AddressTokenKind.Special:
                if (!_takesWord)
                {
                    EndAddress(suppliesComma: true);
                }

                _address.Add(at);
                _takesWord = false;
                return at - 1;
        }

        switch (token.Text.Span[0])
        {
            case ',':
                EndAddress();
                _parts.Add(new Part(PartKind.Comma, at, 1));
                break;
            case ';':
                EndAddress(suppliesComma: true);
                AddText(at);
                _isGroupClosed = true;
                break;
            case ':' when _isGroupClosed:
                EndAddress();
                _parts.Add(new Part(PartKind.Group, at, 1));
                return AddTextUntil(",", at - 1);
            case '>':
                EndAddress(suppliesComma: true);
                at = ReadAngle(at);
                _takesWord = true;
                return at;
            default:
                _address.Add(at);
                break;
        }

        _takesWord = true;
        return at - 1;
    }

    /// <summary>What is within angle brackets, and the phrase before them.</summary>
    private int ReadAngle(int close)
    {
        AddText(close);
        var at = close - 1;
        for (; at >= 0 && !tokens[at].Is('<'); at--)
        {
            if (tokens[at].Kind == AddressTokenKind.Comment)
            {
                AddText(at);
            }
            else
            {
                _address.Add(at);
            }
        }

        EndAddress();
        if (at >= 0)
        {
            AddText(at--);
        }

        at = AddTextUntil(">;,:", at);
        if (at >= 0 && tokens[at].Is(':') && !_isGroupClosed)
        {
            AddText(at--); // no part of an address
        }

        return at;
    }

    // The rest as it is, up to one of these.
    private int AddTextUntil(string specials, int at)
    {
        for (; at >= 0 && !(tokens[at].Kind == AddressTokenKind.Special && specials.Contains(tokens[at].Text.Span[0], StringComparison.Ordinal)); at--)
        {
            AddText(at);
        }

        return at;
    }

    private void EndAddress(bool suppliesComma = false)
    {
        if (_address.Count == 0)
        {
            return;
        }

        var (first, count) = (_address[^1], _address.Count);
        if (_address[0] - first + 1 != count)
        {
            // Comments stood inside: the address goes behind the list, whole.
            first = tokens.Count;
            for (var i = count - 1; i >= 0; i--)
            {
                tokens.Add(tokens[_address[i]]);
            }
        }

        _parts.Add(new Part(PartKind.Address, first, count));
        if (suppliesComma)
        {
            _parts.Add(new Part(PartKind.Comma, 0, 0));
        }

        _address.Clear();
    }

    private void AddText(int token) => _parts.Add(new Part(PartKind.Text, token, 1));
}
