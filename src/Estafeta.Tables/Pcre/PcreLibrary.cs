using System.Runtime.InteropServices;

namespace Estafeta.Tables.Pcre;

/// <summary>The part of libpcre2-8 that tables use.</summary>
internal static unsafe partial class PcreLibrary
{
    public const uint Caseless = 0x00000008;
    public const uint DollarEndOnly = 0x00000010;
    public const uint DotAll = 0x00000020;
    public const uint Extended = 0x00000080;
    public const uint MultiLine = 0x00000400;
    public const uint Ungreedy = 0x00040000;
    public const uint Anchored = 0x80000000;

    public const uint NoJit = 0x00002000;
    public const uint JitComplete = 0x00000001;

    public const int ErrorNoMatch = -1;
    public const int ErrorJitStackLimit = -46;
    public const int ErrorMatchLimit = -47;
    public const int ErrorBadOption = -34;

    public const uint InfoCaptureCount = 4;

    private const string Library = "libpcre2-8.so.0";

    [LibraryImport(Library, EntryPoint = "pcre2_compile_8")]
    public static partial nint Compile(byte[] pattern, nuint length, uint options, out int error, out nuint errorOffset, nint context);

    [LibraryImport(Library, EntryPoint = "pcre2_jit_compile_8")]
    public static partial int JitCompile(nint code, uint options);

    [LibraryImport(Library, EntryPoint = "pcre2_match_8")]
    public static partial int Match(nint code, byte* subject, nuint length, nuint start, uint options, nint matchData, nint context);

    [LibraryImport(Library, EntryPoint = "pcre2_match_data_create_8")]
    public static partial nint CreateMatchData(uint pairs, nint context);

    [LibraryImport(Library, EntryPoint = "pcre2_match_data_free_8")]
    public static partial void FreeMatchData(nint matchData);

    [LibraryImport(Library, EntryPoint = "pcre2_get_ovector_pointer_8")]
    public static partial nuint* GetOffsets(nint matchData);

    [LibraryImport(Library, EntryPoint = "pcre2_pattern_info_8")]
    public static partial int PatternInfo(nint code, uint what, out uint value);

    [LibraryImport(Library, EntryPoint = "pcre2_get_error_message_8")]
    public static partial int GetErrorMessage(int error, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "pcre2_code_free_8")]
    public static partial void FreeCode(nint code);
}
