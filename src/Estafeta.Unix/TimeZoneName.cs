using System.Runtime.InteropServices;

namespace Estafeta.Unix;

/// <summary>The abbreviation of the local time zone, <c>CET</c> or <c>CEST</c>, as libc takes it from TZ and /etc/localtime; .NET keeps only long names.</summary>
public static partial class TimeZoneName
{
    public static string At(DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        return LocalTime(in seconds, out var local) == 0 ? "" : Marshal.PtrToStringUTF8(local.Zone) ?? "";
    }

    [LibraryImport("libc", EntryPoint = "localtime_r")]
    private static partial nint LocalTime(in long seconds, out BrokenDownTime result);

    /// <summary>struct tm of glibc and musl on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BrokenDownTime
    {
        public int Second;
        public int Minute;
        public int Hour;
        public int Day;
        public int Month;
        public int Year;
        public int WeekDay;
        public int YearDay;
        public int IsDaylightSaving;
        public nint OffsetSeconds;
        public nint Zone;
    }
}
