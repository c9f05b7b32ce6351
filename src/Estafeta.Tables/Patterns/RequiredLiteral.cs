using System.Buffers;

namespace Estafeta.Tables.Patterns;

/// <summary>
/// Finds text that every match of a pattern must contain, so that most patterns of a table need not be tried on most keys. Understands what Perl's and
/// POSIX's extended syntax have in common and gives up on anything else: no literal only costs time, a wrong one would cost mail.
/// </summary>
/// <remarks>Looks at the outermost sequence only: text inside groups, classes or an alternation is passed over.</remarks>
internal ref struct RequiredLiteral
{
    private const int ShortestUseful = 2;
    private static readonly SearchValues<byte> BoundCharacters = SearchValues.Create("0123456789,"u8);

    private readonly ReadOnlySpan<byte> _pattern;
    private readonly bool _isPerl;
    private readonly List<byte> _run = [];
    private readonly List<byte[]> _found = [];
    private int _at;

    private RequiredLiteral(ReadOnlySpan<byte> pattern, bool isPerl)
    {
        _pattern = pattern;
        _isPerl = isPerl;
    }

    /// <summary>All such texts, perhaps none. In small letters when the pattern matches without regard to case.</summary>
    public static IReadOnlyList<byte[]> FindAll(ReadOnlySpan<byte> pattern, bool isPerl, bool ignoresCase)
    {
        var finder = new RequiredLiteral(pattern, isPerl);
        if (!finder.TryScan())
        {
            return [];
        }

        return ignoresCase ? finder._found.ConvertAll(static literal => Array.ConvertAll(literal, LiteralSet.Fold)) : finder._found;
    }

    private bool TryScan()
    {
        while (_at < _pattern.Length)
        {
            if (!TryReadAtom(out var literal) || !TryReadQuantifier(out var isOptional, out var isRepeated))
            {
                return false;
            }

            if (literal < 0 || isOptional)
            {
                EndRun();
                continue;
            }

            _run.Add((byte)literal);
            if (isRepeated)
            {
                EndRun();
            }
        }

        EndRun();
        return true;
    }

    // Literal: the octet, or -1 for an atom that stands for something else. False: not understood.
    private bool TryReadAtom(out int literal)
    {
        literal = -1;
        var octet = _pattern[_at++];
        switch (octet)
        {
            case (byte)'|' or (byte)'*' or (byte)'+' or (byte)'?' or (byte)'{' or (byte)')':
                return false;
            case (byte)'.' or (byte)'^' or (byte)'$':
                return true;
            case (byte)'[':
                return TrySkipClass();
            case (byte)'(':
                return TrySkipGroup();
            case (byte)'\\':
                return TryReadEscape(out literal);
            default:
                literal = octet;
                return octet != 0;
        }
    }

    private bool TryReadEscape(out int literal)
    {
        literal = -1;
        if (_at == _pattern.Length)
        {
            return false;
        }

        var octet = _pattern[_at++];
        if (char.IsAsciiLetterOrDigit((char)octet))
        {
            // Classes and assertions of one letter. Others have arguments, quote what follows, or refer back.
            return "dDwWsSbB"u8.Contains(octet);
        }

        // GNU's word and buffer edges look like escaped punctuation.
        literal = octet is (byte)'<' or (byte)'>' or (byte)'`' or (byte)'\'' ? -1 : octet;
        return octet is > 0 and < 0x80;
    }

    private bool TrySkipGroup()
    {
        if (_at < _pattern.Length && _pattern[_at] == '*')
        {
            return false;
        }

        if (_at < _pattern.Length && _pattern[_at] == '?' && !IsPlainGroup(_pattern[(_at + 1)..]))
        {
            return false;
        }

        for (var depth = 1; _at < _pattern.Length;)
        {
            switch (_pattern[_at++])
            {
                case (byte)'\\':
                    // \Q would quote parentheses.
                    if (_at == _pattern.Length || _pattern[_at] is (byte)'Q' or (byte)'E')
                    {
                        return false;
                    }

                    _at++;
                    break;
                case (byte)'[' when !TrySkipClass():
                    return false;
                case (byte)'(':
                    // Flags set inside end with the group, but comments and conditions are not worth the understanding.
                    if (_at < _pattern.Length && (_pattern[_at] == '*' || (_pattern[_at] == '?' && !IsPlainGroup(_pattern[(_at + 1)..]))))
                    {
                        return false;
                    }

                    depth++;
                    break;
                case (byte)')' when --depth == 0:
                    return true;
            }
        }

        return false;
    }

    // (?: (?= (?! (?<= (?<! change nothing for what follows them.
    private readonly bool IsPlainGroup(ReadOnlySpan<byte> rest) =>
        _isPerl && (rest.StartsWith(":"u8) || rest.StartsWith("="u8) || rest.StartsWith("!"u8) || rest.StartsWith("<="u8) || rest.StartsWith("<!"u8));

    private bool TrySkipClass()
    {
        if (_at < _pattern.Length && _pattern[_at] == '^')
        {
            _at++;
        }

        for (var isFirst = true; _at < _pattern.Length; isFirst = false)
        {
            var octet = _pattern[_at++];
            if (octet == ']' && !isFirst)
            {
                return true;
            }

            if (octet == '\\' && _isPerl)
            {
                if (_at == _pattern.Length || _pattern[_at] is (byte)'Q' or (byte)'E')
                {
                    return false;
                }

                _at++;
            }
            else if (octet == '[' && _at < _pattern.Length && _pattern[_at] is (byte)':' or (byte)'.' or (byte)'=')
            {
                var end = _pattern[(_at + 1)..].IndexOf([_pattern[_at], (byte)']']);
                if (end < 0)
                {
                    return false;
                }

                _at += end + 3;
            }
        }

        return false;
    }

    private bool TryReadQuantifier(out bool isOptional, out bool isRepeated)
    {
        isOptional = isRepeated = false;
        for (var count = 0; _at < _pattern.Length; count++)
        {
            switch (_pattern[_at])
            {
                case (byte)'*' or (byte)'?':
                    isOptional = true;
                    _at++;
                    break;
                case (byte)'+':
                    isRepeated = true;
                    _at++;
                    break;
                case (byte)'{':
                    if (!TrySkipBounds())
                    {
                        return false;
                    }

                    // Its numbers are not looked at: it may be none.
                    isOptional = true;
                    break;
                default:
                    return true;
            }

            // One quantifier on another: lazy or possessive in Perl, "perhaps" in POSIX.
            isOptional |= count > 0;
        }

        return true;
    }

    private bool TrySkipBounds()
    {
        var close = _pattern[_at..].IndexOf((byte)'}');
        if (close < 2 || _pattern.Slice(_at + 1, close - 1).ContainsAnyExcept(BoundCharacters))
        {
            return false;
        }

        _at += close + 1;
        return true;
    }

    private readonly void EndRun()
    {
        if (_run.Count >= ShortestUseful)
        {
            _found.Add([.. _run]);
        }

        _run.Clear();
    }
}
