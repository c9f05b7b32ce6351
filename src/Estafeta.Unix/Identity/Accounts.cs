using System.Buffers;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Identity;

/// <summary>
/// The passwd and group databases, through the system's name service. Null means "no such account";
/// <see cref="UnixException"/> means that the name service is in trouble and nobody knows. Thread-safe.
/// </summary>
public static partial class Accounts
{
    private const int FirstBuffer = 2048;
    private const int LargestBuffer = 1 << 20;

    private delegate int Query<TEntry>(out TEntry entry, nint buffer, nint length, out nint result);

    public static UserAccount? FindUser(string name) => Find<PasswdEntry, UserAccount>(
        $"lookup of user {name}", (out PasswdEntry e, nint b, nint n, out nint r) => GetUserByName(name, out e, b, n, out r), ToUser);

    public static UserAccount? FindUser(uint uid) => Find<PasswdEntry, UserAccount>(
        $"lookup of user {uid}", (out PasswdEntry e, nint b, nint n, out nint r) => GetUserById(uid, out e, b, n, out r), ToUser);

    public static GroupAccount? FindGroup(string name) => Find<GroupEntry, GroupAccount>(
        $"lookup of group {name}", (out GroupEntry e, nint b, nint n, out nint r) => GetGroupByName(name, out e, b, n, out r), ToGroup);

    public static GroupAccount? FindGroup(uint gid) => Find<GroupEntry, GroupAccount>(
        $"lookup of group {gid}", (out GroupEntry e, nint b, nint n, out nint r) => GetGroupById(gid, out e, b, n, out r), ToGroup);

    /// <summary>All groups of the user, the primary one included: what initgroups(3) would set.</summary>
    public static uint[] GroupsOf(UserAccount user)
    {
        var count = 32;
        while (true)
        {
            var groups = new uint[count];
            if (GetGroupList(user.Name, user.Gid, groups, ref count) >= 0)
            {
                return groups[..count];
            }
        }
    }

    // The entry's texts point into the buffer, so they are converted before it is given back.
    private static T? Find<TEntry, T>(string operation, Query<TEntry> query, Func<TEntry, T> convert)
        where T : class
    {
        for (var size = FirstBuffer; size <= LargestBuffer; size *= 4)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            var pin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
            try
            {
                var error = query(out var entry, pin.AddrOfPinnedObject(), buffer.Length, out var result);
                switch (error)
                {
                    case 0:
                        return result == 0 ? null : convert(entry);
                    case Errno.ERANGE:
                        continue;

                    // Some name services say "not found" this way: getpwnam_r(3).
                    case Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM:
                        return null;
                    default:
                        throw new UnixException(operation, error);
                }
            }
            finally
            {
                pin.Free();
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        throw new UnixException(operation, Errno.ERANGE);
    }

    private static UserAccount ToUser(PasswdEntry entry) => new(Text(entry.Name), entry.Uid, entry.Gid)
    {
        Password = Text(entry.Password),
        FullName = Text(entry.Gecos),
        HomeDirectory = Text(entry.Directory),
        Shell = Text(entry.Shell),
    };

    private static GroupAccount ToGroup(GroupEntry entry) => new(Text(entry.Name), entry.Gid)
    {
        Password = Text(entry.Password),
        Members = Texts(entry.Members),
    };

    private static List<string> Texts(nint vector)
    {
        var texts = new List<string>();
        for (var at = vector; at != 0 && Marshal.ReadIntPtr(at) is not 0 and var text; at += nint.Size)
        {
            texts.Add(Text(text));
        }

        return texts;
    }

    private static string Text(nint pointer) => Marshal.PtrToStringUTF8(pointer) ?? "";

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetUserByName(string name, out PasswdEntry entry, nint buffer, nint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int GetUserById(uint uid, out PasswdEntry entry, nint buffer, nint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getgrnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetGroupByName(string name, out GroupEntry entry, nint buffer, nint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getgrgid_r")]
    private static partial int GetGroupById(uint gid, out GroupEntry entry, nint buffer, nint length, out nint result);

    [LibraryImport("libc", EntryPoint = "getgrouplist", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int GetGroupList(string name, uint gid, [Out] uint[] groups, ref int count);

    [StructLayout(LayoutKind.Sequential)]
    private struct PasswdEntry
    {
        public nint Name;
        public nint Password;
        public uint Uid;
        public uint Gid;
        public nint Gecos;
        public nint Directory;
        public nint Shell;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct GroupEntry
    {
        public nint Name;
        public nint Password;
        public uint Gid;
        public nint Members;
    }
}
