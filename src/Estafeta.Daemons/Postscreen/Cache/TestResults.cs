using System.Globalization;
using System.Runtime.CompilerServices;

namespace Estafeta.Daemons.Postscreen.Cache;

/// <summary>
/// Until when a client's results count, as Postfix keeps them in postscreen_cache_map: for each test the second since 1970, separated by
/// semicolons (<c>1795758500;1;0;0;0</c>); 0 for a test never passed, 1 for one that was not enabled then.
/// </summary>
internal struct TestResults
{
    private const int Count = 5;
    private const long NeverPassed = 0;
    private const long Disabled = 1;

    private Stamps _expires;

    public long this[ScreeningTest test]
    {
        readonly get => _expires[(int)test];
        set => _expires[(int)test] = value;
    }

    /// <summary>The latest of all.</summary>
    public readonly long Latest
    {
        get
        {
            var latest = 0L;
            foreach (var stamp in (ReadOnlySpan<long>)_expires)
            {
                latest = Math.Max(latest, stamp);
            }

            return latest;
        }
    }

    /// <summary>Fields that are missing belong to tests that an older version did not have; null for what is no entry.</summary>
    public static TestResults? Parse(ReadOnlySpan<char> value)
    {
        var results = default(TestResults);
        var field = 0;
        foreach (var range in value.Split(';'))
        {
            if (!long.TryParse(value[range], NumberStyles.None, CultureInfo.InvariantCulture, out var stamp))
            {
                return null;
            }

            if (field < Count)
            {
                results._expires[field++] = stamp;
            }
        }

        return results;
    }

    /// <summary>The enabled tests that must be passed, or passed again.</summary>
    public readonly ScreeningTests Outstanding(ScreeningTests enabled, long now)
    {
        var outstanding = ScreeningTests.None;
        for (var test = ScreeningTest.Pregreet; test <= ScreeningTest.BareNewline; test++)
        {
            outstanding |= enabled.Has(test) && this[test] <= now ? test.AsSet() : ScreeningTests.None;
        }

        return outstanding;
    }

    /// <summary>There is an enabled test that the client never passed.</summary>
    public readonly bool IsNew(ScreeningTests enabled)
    {
        for (var test = ScreeningTest.Pregreet; test <= ScreeningTest.BareNewline; test++)
        {
            if (enabled.Has(test) && this[test] == NeverPassed)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>As it is stored: tests that are not enabled and were never passed say so.</summary>
    public readonly string Format(ScreeningTests enabled)
    {
        var stamps = this;
        for (var test = ScreeningTest.Pregreet; test <= ScreeningTest.BareNewline; test++)
        {
            stamps[test] = !enabled.Has(test) && stamps[test] == NeverPassed ? Disabled : stamps[test];
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stamps._expires[0]};{stamps._expires[1]};{stamps._expires[2]};{stamps._expires[3]};{stamps._expires[4]}");
    }

    [InlineArray(Count)]
    private struct Stamps
    {
        private long _first;
    }
}
