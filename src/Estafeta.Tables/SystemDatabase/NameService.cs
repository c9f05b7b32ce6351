using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.SystemDatabase;

/// <summary>getpwnam_r(3) and getgrnam_r(3), answered as the line of /etc/passwd or /etc/group.</summary>
internal static unsafe partial class NameService
{
    private const int ErrorInterrupted = 4;
    private const int ErrorRange = 34;
    private const int FirstBuffer = 4096;
    private const int LargestBuffer = 16 * 1024 * 1024;

    private delegate int Call(byte[] name, byte* buffer, nuint size, out string? line);

    /// <param name="Line">The entry, or null when there is none.</param>
    /// <param name="Error">errno when nobody knows.</param>
    public readonly record struct Answer(string? Line, int Error);

    public static Answer FindUser(string name) => Find(name, CallUser);

    public static Answer FindGroup(string name) => Find(name, CallGroup);

    private static Answer Find(string name, Call call)
    {
        byte[] terminated = [.. RawText.Encode(name), 0];
        for (nuint size = FirstBuffer; ; size *= 2)
        {
            var buffer = (byte*)NativeMemory.Alloc(size);
            try
            {
                var error = call(terminated, buffer, size, out var line);
                if (error == ErrorInterrupted || (error == ErrorRange && size < LargestBuffer))
                {
                    continue;
                }

                return new Answer(line, IsUnknownName(error) ? 0 : error);
            }
            finally
            {
                NativeMemory.Free(buffer);
            }
        }
    }

    // POSIX asks for 0 and a null result; some name services say ENOENT, ESRCH, EBADF or EPERM instead (getpwnam(3)).
    private static bool IsUnknownName(int error) => error is 1 or 2 or 3 or 9;

    private static int CallUser(byte[] name, byte* buffer, nuint size, out string? line)
    {
        Passwd entry;
        Passwd* result;
        var error = GetPasswordEntry(name, &entry, buffer, size, &result);
        line = result == null ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{Read(entry.Name)}:{Read(entry.Password)}:{entry.User}:{entry.Group}:{Read(entry.FullName)}:{Read(entry.Home)}:{Read(entry.Shell)}");
        return error;
    }

    private static int CallGroup(byte[] name, byte* buffer, nuint size, out string? line)
    {
        Group entry;
        Group* result;
        var error = GetGroupEntry(name, &entry, buffer, size, &result);
        line = null;
        if (result != null)
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"{Read(entry.Name)}:{Read(entry.Password)}:{entry.Id}:");
            for (var member = entry.Members; *member != null; member++)
            {
                text.Append(member == entry.Members ? "" : ",").Append(Read(*member));
            }

            line = text.ToString();
        }

        return error;
    }

    private static string Read(byte* text) => text == null ? "" : RawText.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    [LibraryImport("libc", EntryPoint = "getpwnam_r")]
    private static partial int GetPasswordEntry(byte[] name, Passwd* entry, byte* buffer, nuint size, Passwd** result);

    [LibraryImport("libc", EntryPoint = "getgrnam_r")]
    private static partial int GetGroupEntry(byte[] name, Group* entry, byte* buffer, nuint size, Group** result);

    [StructLayout(LayoutKind.Sequential)]
    private struct Passwd
    {
        public byte* Name;
        public byte* Password;
        public uint User;
        public uint Group;
        public byte* FullName;
        public byte* Home;
        public byte* Shell;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Group
    {
        public byte* Name;
        public byte* Password;
        public uint Id;
        public byte** Members;
    }
}
