using System.Runtime.InteropServices;

namespace Estafeta.Tables.Sources;

/// <summary>The C library of a back end, which need not be installed.</summary>
internal static class ClientLibrary
{
    /// <exception cref="TableUnavailableException">It is not installed.</exception>
    public static void Require(string name, TableRequest request)
    {
        if (!NativeLibrary.TryLoad(name, typeof(ClientLibrary).Assembly, DllImportSearchPath.SafeDirectories, out _))
        {
            throw new TableUnavailableException($"unsupported dictionary type: {request.Type} ({name} is not installed)");
        }
    }
}
