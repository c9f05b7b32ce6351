namespace Estafeta.Services.Hosting;

/// <summary>
/// Lets the thread that learns of a socket's data run the code that waits for it, instead of handing it to the thread pool: a third of
/// the CPU of a relayed message. The price: code after an await on a socket must not block its thread for long. File work that may
/// (mailboxes, fsync) runs on threads of its own.
/// </summary>
internal static class SocketThreads
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first socket; .NET has no other switch for it. A value in the environment wins.</summary>
    public static void RunContinuations()
    {
        if (Environment.GetEnvironmentVariable(Variable) == null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
