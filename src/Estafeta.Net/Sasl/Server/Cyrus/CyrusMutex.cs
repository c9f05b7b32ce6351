using System.Runtime.InteropServices;

namespace Estafeta.Net.Sasl.Server.Cyrus;

/// <summary>
/// The mutexes that libsasl2 and its plug-ins guard their common state with, once they are given some: then exchanges may run side by side, each on one
/// thread at a time. Without, the library is for a single thread.
/// </summary>
internal static unsafe class CyrusMutex
{
    /// <summary>Before any other call of the library.</summary>
    public static void Provide() => CyrusLibrary.SetMutex(&Allocate, &Enter, &Leave, &Free);

    [UnmanagedCallersOnly]
    private static nint Allocate() => GCHandle.ToIntPtr(GCHandle.Alloc(new object()));

    [UnmanagedCallersOnly]
    private static int Enter(nint mutex)
    {
        Monitor.Enter(Find(mutex));
        return CyrusLibrary.Ok;
    }

    // The library leaves what it has entered before the call returns: on the same thread.
    [UnmanagedCallersOnly]
    private static int Leave(nint mutex)
    {
        Monitor.Exit(Find(mutex));
        return CyrusLibrary.Ok;
    }

    [UnmanagedCallersOnly]
    private static void Free(nint mutex) => GCHandle.FromIntPtr(mutex).Free();

    private static object Find(nint mutex) => GCHandle.FromIntPtr(mutex).Target!; // allocated above
}
