using System.Buffers;
using Estafeta.Configuration.Domains;

namespace Estafeta.Net.Sasl;

/// <summary>
/// SASLprep (RFC 4013): one form for names and passwords that look the same, by ICU's stringprep. What it does not allow, and everything that is not
/// ASCII where ICU is not installed, stays as it is: whoever stored it did the same. Thread-safe.
/// </summary>
public static unsafe class SaslPrep
{
    private const int Rfc4013 = 10;
    private const int AllowUnassigned = 1;

    // One character becomes 18 at most (U+FDFA in NFKC).
    private const int Growth = 18;
    private const int LongestText = 4096;

    private static readonly SearchValues<char> Printable = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c)]);

    private static readonly Lazy<nint> Profile = new(Open);

    /// <summary>Whether ICU is there. Asked ahead of chroot, this loads it.</summary>
    public static bool IsAvailable => Profile.Value != 0;

    /// <summary>A password ("stored string": code points that Unicode 3.2 has not assigned are not allowed).</summary>
    public static string Password(string text) => TryPrepare(text, allowsUnassigned: false) ?? text;

    /// <summary>The name of a user ("query": they are).</summary>
    public static string Name(string text) => TryPrepare(text, allowsUnassigned: true) ?? text;

    /// <summary>Null for a text with prohibited characters or mixed directions or of which nothing remains, and where ICU is not installed.</summary>
    internal static string? TryPrepare(string text, bool allowsUnassigned)
    {
        if (!text.AsSpan().ContainsAnyExcept(Printable))
        {
            return text;
        }

        if (text.Length > LongestText || !IsAvailable)
        {
            return null;
        }

        var prepare = (delegate* unmanaged<nint, char*, int, char*, int, int, nint, int*, int>)IcuLibrary.Function("usprep_prepare");
        var output = ArrayPool<char>.Shared.Rent(text.Length * Growth);
        try
        {
            var error = 0;
            int length;
            fixed (char* from = text)
            fixed (char* to = output)
            {
                length = prepare(Profile.Value, from, text.Length, to, output.Length, allowsUnassigned ? AllowUnassigned : 0, 0, &error);
            }

            // Warnings are below zero.
            return error > 0 || length == 0 ? null : new string(output, 0, length);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(output, clearArray: true);
        }
    }

    private static nint Open()
    {
        if (!IcuLibrary.IsInstalled)
        {
            return 0;
        }

        var open = (delegate* unmanaged<int, int*, nint>)IcuLibrary.Function("usprep_openByType");
        var error = 0;
        var profile = open(Rfc4013, &error);

        // A library built without stringprep data is as good as none.
        return error > 0 ? 0 : profile;
    }
}
