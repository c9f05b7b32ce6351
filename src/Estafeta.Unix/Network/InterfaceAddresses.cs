using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Estafeta.Unix.Network;

/// <summary>
/// The machine's IPv4 and IPv6 addresses, in the kernel's order. getifaddrs(3) directly: the framework's own list reads
/// a dozen files of /proc and /sys per interface, which a command that runs for five milliseconds would notice.
/// </summary>
public static partial class InterfaceAddresses
{
    private const uint FlagUp = 1;
    private const ushort FamilyIpv4 = 2;
    private const ushort FamilyIpv6 = 10;

    public static unsafe List<InterfaceAddress> List()
    {
        if (GetIfAddrs(out var first) != 0)
        {
            throw UnixException.Last("list network interfaces");
        }

        var addresses = new List<InterfaceAddress>();
        try
        {
            for (var entry = first; entry != null; entry = entry->Next)
            {
                if ((entry->Flags & FlagUp) != 0 && entry->Address != null && entry->Netmask != null)
                {
                    Add(entry->Address, entry->Netmask, addresses);
                }
            }
        }
        finally
        {
            FreeIfAddrs(first);
        }

        return addresses;
    }

    private static unsafe void Add(byte* address, byte* mask, List<InterfaceAddress> addresses)
    {
        // sockaddr_in: family, port, address; sockaddr_in6: family, port, flow, address, scope.
        var (offset, length) = *(ushort*)address switch
        {
            FamilyIpv4 => (4, 4),
            FamilyIpv6 => (8, 16),
            _ => (0, 0),
        };
        if (length == 0)
        {
            return;
        }

        var prefix = 0;
        for (var i = 0; i < length; i++)
        {
            prefix += BitOperations.PopCount(mask[offset + i]);
        }

        addresses.Add(new InterfaceAddress(new IPAddress(new ReadOnlySpan<byte>(address + offset, length)), prefix));
    }

    [LibraryImport("libc", EntryPoint = "getifaddrs", SetLastError = true)]
    private static unsafe partial int GetIfAddrs(out IfAddrs* first);

    [LibraryImport("libc", EntryPoint = "freeifaddrs")]
    private static unsafe partial void FreeIfAddrs(IfAddrs* first);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct IfAddrs
    {
        public IfAddrs* Next;
        public byte* Name;
        public uint Flags;
        public byte* Address;
        public byte* Netmask;
        public byte* Broadcast;
        public byte* Data;
    }
}
