namespace Estafeta.Tables.Patterns;

/// <summary>
/// Which of many texts occur in a subject, found in one pass over it (Aho and Corasick, 1975). Compares without regard to ASCII case: a literal of a
/// pattern that heeds case is then only found more often than it needs to be.
/// </summary>
internal sealed class LiteralSet
{
    private const int Root = 0;

    private readonly byte[] _classes = new byte[256];
    private readonly int _classCount;
    private readonly int[] _next;
    private readonly int[] _ends;
    private readonly int[] _shorter;

    private LiteralSet(IReadOnlyList<byte[]> literals)
    {
        _classCount = Classify(literals);
        var children = new List<int[]> { NewState() };
        var ends = new List<int> { -1 };
        for (var i = 0; i < literals.Count; i++)
        {
            ends[Insert(children, ends, literals[i])] = i;
        }

        _ends = [.. ends];
        _next = new int[children.Count * _classCount];
        _shorter = new int[children.Count];
        Connect(children);
    }

    public int Count { get; private init; }

    /// <param name="literals">Distinct, folded, not empty.</param>
    public static LiteralSet Build(IReadOnlyList<byte[]> literals) => new(literals) { Count = literals.Count };

    public static byte Fold(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

    /// <summary>Sets the bit of each literal that occurs.</summary>
    public void Find(ReadOnlySpan<byte> subject, Span<ulong> found)
    {
        var state = Root;
        foreach (var octet in subject)
        {
            state = _next[(state * _classCount) + _classes[octet]];
            for (var end = _ends[state] >= 0 ? state : _shorter[state]; end != Root; end = _shorter[end])
            {
                found[_ends[end] >> 6] |= 1UL << _ends[end];
            }
        }
    }

    // Octets that no literal has share class 0; the capital and the small letter share theirs.
    private int Classify(IReadOnlyList<byte[]> literals)
    {
        var count = 1;
        foreach (var octet in literals.SelectMany(static l => l))
        {
            if (_classes[octet] == 0)
            {
                _classes[octet] = (byte)count++;
            }
        }

        for (var capital = (byte)'A'; capital <= 'Z'; capital++)
        {
            _classes[capital] = _classes[Fold(capital)];
        }

        return count;
    }

    private int[] NewState()
    {
        var state = new int[_classCount];
        Array.Fill(state, -1);
        return state;
    }

    private int Insert(List<int[]> children, List<int> ends, byte[] literal)
    {
        var state = Root;
        foreach (var octet in literal)
        {
            ref var child = ref children[state][_classes[octet]];
            if (child < 0)
            {
                child = children.Count;
                children.Add(NewState());
                ends.Add(-1);
            }

            state = child;
        }

        return state;
    }

    // Breadth first: where to go on when the next octet does not fit, and the longest other literal that ends here.
    private void Connect(List<int[]> children)
    {
        var failures = new int[children.Count];
        var waiting = new Queue<int>([Root]);
        while (waiting.TryDequeue(out var state))
        {
            var failure = failures[state];
            _shorter[state] = state == Root ? Root : _ends[failure] >= 0 ? failure : _shorter[failure];
            for (var c = 0; c < _classCount; c++)
            {
                var child = children[state][c];
                var otherwise = state == Root ? Root : _next[(failure * _classCount) + c];
                _next[(state * _classCount) + c] = child < 0 ? otherwise : child;
                if (child >= 0)
                {
                    failures[child] = otherwise;
                    waiting.Enqueue(child);
                }
            }
        }
    }
}
