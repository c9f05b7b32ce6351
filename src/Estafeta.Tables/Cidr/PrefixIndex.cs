using System.Numerics;

namespace Estafeta.Tables.Cidr;

/// <summary>
/// Which of many networks is the first in the file that holds an address: networks nest or are apart, so they cut the address space into
/// intervals with one winner each, found by binary search. Built once, O(n log n); a look-up costs log n.
/// </summary>
internal sealed class PrefixIndex<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private const int Nobody = int.MaxValue;

    private readonly T[] _starts;
    private readonly int[] _winners;

    private PrefixIndex(List<T> starts, List<int> winners)
    {
        _starts = [.. starts];
        _winners = [.. winners];
    }

    public static PrefixIndex<T> Build(List<(T First, T Last, int Rule)> networks)
    {
        networks.Sort(static (a, b) => a.First.CompareTo(b.First) is not 0 and var order ? order : b.Last.CompareTo(a.Last));
        var starts = new List<T>();
        var winners = new List<int>();
        var around = new Stack<(T Last, int Winner)>();
        foreach (var (first, last, rule) in networks)
        {
            Leave(first);
            var winner = Math.Min(rule, around.TryPeek(out var outer) ? outer.Winner : Nobody);
            Enter(first, winner);
            around.Push((last, winner));
        }

        while (around.TryPop(out var left) && left.Last != T.MaxValue)
        {
            Enter(left.Last + T.One, around.TryPeek(out var outer) ? outer.Winner : Nobody);
        }

        return new PrefixIndex<T>(starts, winners);

        void Leave(T next)
        {
            while (around.TryPeek(out var inner) && inner.Last < next)
            {
                around.Pop();
                Enter(inner.Last + T.One, around.TryPeek(out var outer) ? outer.Winner : Nobody);
            }
        }

        void Enter(T start, int winner)
        {
            if (starts.Count > 0 && starts[^1] == start)
            {
                winners[^1] = winner;
            }
            else
            {
                starts.Add(start);
                winners.Add(winner);
            }
        }
    }

    /// <summary>The rule, or -1.</summary>
    public int Find(T address)
    {
        var at = Array.BinarySearch(_starts, address);
        at = at < 0 ? ~at - 1 : at;
        return at < 0 || _winners[at] == Nobody ? -1 : _winners[at];
    }
}
