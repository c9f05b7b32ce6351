using Estafeta.Mail.Addresses;

namespace Estafeta.Mail.Headers;

/// <summary>
/// Sorts the tokens of an address header into parts. Works by segment: what lies between two of <c>, ; :</c> outside angle brackets.
/// A segment is a phrase before a group's colon, <c>phrase &lt;address&gt;</c>, or bare addresses.
/// </summary>
internal sealed class AddressListParser(List<AddressToken> tokens)
{
    // Addresses made whole are appended to the tokens; they are not read again.
    private readonly int _end = tokens.Count;
    private bool _needsComma;

    public List<Part> Parts { get; } = new(tokens.Count);

    public List<int> Addresses { get; } = [];

    public void Run()
    {
        var at = 0;
        while (at < _end)
        {
            var token = tokens[at];
            if (token.Is(','))
            {
                Parts.Add(new Part(PartKind.Comma, at, 1));
                _needsComma = false;
                at++;
            }
            else if (token.Is(';'))
            {
                AddText(at++);
                _needsComma = true;
            }
            else
            {
                at = ReadSegment(at);
            }
        }
    }

    private int ReadSegment(int start)
    {
        var (end, angle) = FindEnd(start);
        if (angle >= 0)
        {
            return ReadAngle(start, angle, end);
        }

        if (end < _end && tokens[end].Is(':'))
        {
            SupplyComma();
            for (var i = start; i <= end; i++)
            {
                AddText(i);
            }

            return end + 1;
        }

        ReadBare(start, end);
        return end;
    }

    /// <summary>The end of the segment, and the position of its first <c>&lt;</c> that has a <c>&gt;</c>; then the end is that of the address.</summary>
    private (int End, int Angle) FindEnd(int start)
    {
        var isRoute = tokens[start].Is('@');
        var at = start;
        for (; at < _end; at++)
        {
            var token = tokens[at];
            if (token.Is(',') || token.Is(';') || (token.Is(':') && !isRoute))
            {
                return (at, -1);
            }

            if (token.Is('<') && FindClose(at) is > 0 and var close)
            {
                return (close, at);
            }
        }

        return (at, -1);
    }

    /// <summary>The <c>&gt;</c> that belongs to this <c>&lt;</c>; 0 when another <c>&lt;</c> or the end comes first.</summary>
    private int FindClose(int open)
    {
        for (var at = open + 1; at < _end; at++)
        {
            if (tokens[at].Is('>'))
            {
                return at;
            }

            if (tokens[at].Is('<'))
            {
                return 0;
            }
        }

        return 0;
    }

    private int ReadAngle(int start, int open, int close)
    {
        SupplyComma();
        for (var i = start; i <= open; i++)
        {
            AddText(i);
        }

        AddAddress(open + 1, close - open - 1);
        AddText(close);
        var at = close + 1;
        while (at < _end && tokens[at].Kind == AddressTokenKind.Comment)
        {
            AddText(at++);
        }

        _needsComma = true;
        return at;
    }

    private void ReadBare(int start, int end)
    {
        var addressStart = -1;
        var words = new List<AddressToken>();
        for (var i = start; i < end; i++)
        {
            if (tokens[i].Kind == AddressTokenKind.Comment)
            {
                continue;
            }

            if (words.Count > 0 && words[^1].IsWord && tokens[i].IsWord)
            {
                AddBareAddress(words, addressStart);
                words.Clear();
            }

            addressStart = words.Count == 0 ? i : addressStart;
            words.Add(tokens[i]);
        }

        if (words.Count > 0)
        {
            AddBareAddress(words, addressStart);
        }

        for (var i = start; i < end; i++)
        {
            if (tokens[i].Kind == AddressTokenKind.Comment)
            {
                AddText(i);
            }
        }
    }

    private void AddBareAddress(List<AddressToken> words, int start)
    {
        SupplyComma();
        var isWhole = true;
        for (var i = 0; i < words.Count && isWhole; i++)
        {
            isWhole = tokens[start + i].Text.Equals(words[i].Text);
        }

        if (!isWhole)
        {
            // Comments stood inside: the address goes behind the list, whole.
            start = tokens.Count;
            tokens.AddRange(words);
        }

        AddAddress(start, words.Count);
        _needsComma = true;
    }

    private void AddAddress(int start, int count)
    {
        Addresses.Add(Parts.Count);
        Parts.Add(new Part(PartKind.Address, start, count));
    }

    private void AddText(int token) => Parts.Add(new Part(PartKind.Text, token, 1));

    private void SupplyComma()
    {
        if (_needsComma)
        {
            Parts.Add(new Part(PartKind.Comma, 0, 0));
            _needsComma = false;
        }
    }
}
