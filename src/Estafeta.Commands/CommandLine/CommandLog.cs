using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.CommandLine;

/// <summary>
/// The log of a command: standard error, and the mail log as soon as the configuration is known. The mail log is opened by the first line, because
/// most runs have nothing to say.
/// </summary>
public sealed class CommandLog(string command, CommandStreams streams) : IMailLog, IDisposable
{
    private readonly StandardErrorLog _error = new(command, streams.Error);
    private readonly Lock _lock = new();
    private ParameterSet? _parameters;
    private LogSink? _sink;
    private MailLog? _mailLog;

    public CommandStreams Streams => streams;

    /// <exception cref="ConfigurationException">maillog_file is not where it may be.</exception>
    public void Configure(ParameterSet parameters)
    {
        _ = LogSinkOptions.From(parameters, TimeProvider.System);
        _parameters = parameters;
    }

    public void Write(LogSeverity severity, string text)
    {
        _error.Write(severity, text);
        MailLog()?.Write(severity, text);
    }

    public void Dispose() => _sink?.Dispose();

    private MailLog? MailLog()
    {
        lock (_lock)
        {
            if (_mailLog == null && _parameters != null)
            {
                // Commands do not change to the queue directory.
                var options = LogSinkOptions.From(_parameters, TimeProvider.System);
                var socket = Path.Combine(_parameters.Get(Parameters.QueueDirectory), options.PostlogSocket);
                _sink = (options with { GivesUpWithoutPostlogd = true, PostlogSocket = socket }).Open();
                _mailLog = new MailLog(_sink, _parameters.Get(Parameters.SyslogName), command);
            }

            return _mailLog;
        }
    }
}
