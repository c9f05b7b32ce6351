using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.Postlog;

/// <summary>
/// postlog(1): writes its arguments, or each line of its input, to the mail log; and to standard error when that is a terminal. Set-gid postdrop, so
/// that everybody's scripts reach postlogd's socket.
/// </summary>
public static class PostlogProgram
{
    public const string Name = "postlog";
    private const string UsageText = "[-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]";
    private static readonly TimeSpan SevereDelay = TimeSpan.FromSeconds(1);

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, log =>
    {
        var options = new OptionReader(arguments, "c:ip:t:v");
        var severity = LogSeverity.Info;
        var (tag, directory) = ((string?)null, (string?)null);
        while (options.TryRead(out var option, out var value))
        {
            switch (option)
            {
                case 'c':
                    directory = value;
                    break;
                case 'p':
                    severity = Severity(value);
                    break;
                case 't':
                    tag = value;
                    break;
            }
        }

        if (options.Error != null)
        {
            throw CommandProgram.Usage(Name, options, UsageText);
        }

        var parameters = CommandProgram.Load(directory, log).With(new ProcessIdentity(Name));
        using var sink = Open(parameters);
        var lines = new Lines(sink, tag ?? $"{parameters.Get(Parameters.SyslogName)}/{Name}", severity);
        if (options.Operands.Count > 0)
        {
            lines.Write(string.Join(' ', options.Operands));
        }
        else
        {
            lines.WriteAll(log.Streams.Input);
        }

        return Task.FromResult(0);
    });

    private static LogSeverity Severity(string word) => word switch
    {
        "info" => LogSeverity.Info,
        "warn" or "warning" => LogSeverity.Warning,
        "error" => LogSeverity.Error,
        "fatal" => LogSeverity.Fatal,
        "panic" => LogSeverity.Panic,
        _ => throw new CommandException($"unknown logging priority: {word}"),
    };

    private static LogSink Open(ParameterSet parameters)
    {
        var options = LogSinkOptions.From(parameters, TimeProvider.System);
        return (options with
        {
            PostlogSocket = Path.Combine(parameters.Get(Parameters.QueueDirectory), options.PostlogSocket),
            WriteFileWithoutPostlogd = true,
        }).Open();
    }

    private sealed class Lines(LogSink sink, string tag, LogSeverity severity)
    {
        private readonly MailLog _mailLog = new(sink, tag);
        private readonly StandardErrorLog? _terminal = Console.IsErrorRedirected ? null : new StandardErrorLog(tag);

        public void Write(string text)
        {
            _terminal?.Write(severity, text);
            _mailLog.Write(severity, text);
            if (severity >= LogSeverity.Fatal)
            {
                // As Postfix: a script that fails in a loop shall not fill the log.
                sink.Flush();
                Thread.Sleep(SevereDelay);
            }
        }

        public void WriteAll(Stream input)
        {
            using var reader = new StreamReader(input, Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                Write(line);
            }
        }
    }
}
