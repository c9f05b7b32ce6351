using System.Runtime.InteropServices;

namespace Estafeta.Tables.Regexp;

/// <summary>regcomp(3) of glibc.</summary>
internal static unsafe partial class RegexpLibrary
{
    public const uint Extended = 1;
    public const uint IgnoreCase = 2;
    public const uint NewLine = 4;
    public const uint NoGroups = 8;

    /// <summary>regex_t is 64 octets on 64-bit glibc; more does no harm.</summary>
    public const int RegexSize = 256;

    /// <summary>Where re_nsub lies in regex_t: after buffer, allocated, used, syntax, fastmap and translate.</summary>
    public const int GroupCountOffset = 48;

    private const int CategoryMaskAll = 0x1fbf;

    /// <summary>The C locale: patterns and subjects are octets, whatever the process's locale is.</summary>
    public static readonly nint PlainLocale = NewLocale(CategoryMaskAll, "C", 0);

    [LibraryImport("libc", EntryPoint = "regcomp")]
    public static partial int Compile(byte* regex, byte[] pattern, int flags);

    [LibraryImport("libc", EntryPoint = "regexec")]
    public static partial int Execute(byte* regex, byte* subject, nuint count, int* matches, int flags);

    [LibraryImport("libc", EntryPoint = "regerror")]
    public static partial nuint Error(int code, byte* regex, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "regfree")]
    public static partial void Free(byte* regex);

    [LibraryImport("libc", EntryPoint = "uselocale")]
    public static partial nint UseLocale(nint locale);

    [LibraryImport("libc", EntryPoint = "newlocale", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NewLocale(int categories, string name, nint basis);
}
