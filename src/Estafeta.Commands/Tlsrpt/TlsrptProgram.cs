using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Commands.Tlsrpt;

/// <summary>
/// <c>estafeta tlsrpt [file...]</c>: sums up TLS reports that others sent us (RFC 8460): JSON, gzip, or the mail they came in; standard input
/// without files. A file that is no report is a warning; exit status 1 when none was one. <c>-s</c> has tlsmgr send our own reports of ended days now.
/// </summary>
public static class TlsrptProgram
{
    private const string Name = "tlsrpt";
    private const int MaximumFileOctets = 50 * 1024 * 1024;

    /// <param name="arguments">Without the verb.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = new OptionReader(arguments, "c:s");
        var sends = false;
        string? directory = null;
        while (options.TryRead(out var option, out var value))
        {
            (sends, directory) = (sends || option == 's', option == 'c' ? value : directory);
        }

        if (options.Error != null || (sends && options.Operands.Count > 0))
        {
            throw CommandProgram.Usage("estafeta tlsrpt", options, "[file...] | [-c config_dir] -s");
        }

        if (sends)
        {
            return await SendAsync(CommandProgram.Load(directory, log), log.Streams.Output, time);
        }

        var summary = new TlsReportSummary();
        if (options.Operands.Count == 0)
        {
            await AddAsync("standard input", log.Streams.Input);
        }

        foreach (var file in options.Operands)
        {
            try
            {
                await using var stream = File.OpenRead(file);
                await AddAsync(file, stream);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Write(Services.Logging.LogSeverity.Warning, $"{file}: {e.Message}");
            }
        }

        await using var output = new StreamWriter(log.Streams.Output, new UTF8Encoding(false), leaveOpen: true);
        summary.Write(output);
        return summary.Reports > 0 ? 0 : 1;

        async Task AddAsync(string name, Stream stream)
        {
            try
            {
                foreach (var json in ReportAttachment.Find(await ReadAsync(stream)))
                {
                    summary.Add(TlsReportReader.Read(json));
                }
            }
            catch (Exception e) when (e is FormatException or InvalidDataException)
            {
                log.Write(Services.Logging.LogSeverity.Warning, $"{name}: {e.Message}");
            }
        }
    }, streams);

    private static async Task<int> SendAsync(ParameterSet parameters, Stream to, TimeProvider time)
    {
        var socket = Path.Combine(parameters.Get(Parameters.QueueDirectory), "private", parameters.Get(Parameters.TlsmgrServiceName));
        await using var manager = new RemoteTlsManager(socket, time);
        try
        {
            await using var output = new StreamWriter(to, new UTF8Encoding(false), leaveOpen: true);
            var done = await manager.SendReportsAsync(CancellationToken.None);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{done} reports are done with; the log tells how"));
            return 0;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandException($"{e.Message} - perhaps the mail system is down");
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int got;
        while ((got = await stream.ReadAsync(chunk)) > 0)
        {
            buffer.Write(chunk, 0, got);
            if (buffer.Length > MaximumFileOctets)
            {
                throw new FormatException("too big for a TLS report");
            }
        }

        return buffer.ToArray();
    }
}
