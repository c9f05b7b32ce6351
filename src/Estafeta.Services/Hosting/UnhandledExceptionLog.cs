using Estafeta.Services.Logging;

namespace Estafeta.Services.Hosting;

/// <summary>Puts the reason into the mail log before the runtime ends the process: standard error of a daemon leads nowhere.</summary>
internal sealed class UnhandledExceptionLog : IDisposable
{
    private readonly IMailLog _log;
    private readonly LogSink _sink;

    public UnhandledExceptionLog(IMailLog log, LogSink sink)
    {
        _log = log;
        _sink = sink;
        AppDomain.CurrentDomain.UnhandledException += Write;
    }

    public void Dispose() => AppDomain.CurrentDomain.UnhandledException -= Write;

    private void Write(object sender, UnhandledExceptionEventArgs e)
    {
        _log.Write(LogSeverity.Panic, $"unhandled exception: {e.ExceptionObject}");
        _sink.Flush();
    }
}
