using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Estafeta.Interop.Tables;

/// <summary>A server that a test starts and ends, with a directory of its own. Servers that do not run as root run as the user of their Debian package.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private bool _isEnded;

    private ServerProcess(Process process) => _process = process;

    /// <summary>The path of a program, or a skipped test.</summary>
    public static string Require(params string[] candidates)
    {
        var found = Array.Find(candidates, File.Exists);
        Assert.SkipWhen(found == null, $"not installed: {candidates[0]}");
        return found!;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string? user, string input, params string[] command)
    {
        using var process = Start(user, command);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {await output}{await errors}");
    }

    /// <summary>Starts a server and waits until the port or the socket answers.</summary>
    public static async Task<ServerProcess> StartAsync(string? user, EndPoint endPoint, params string[] command)
    {
        var process = Start(user, command);
        process.StandardInput.Close();
        var output = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        process.OutputDataReceived += (_, e) => output.Enqueue(e.Data);
        process.ErrorDataReceived += (_, e) => output.Enqueue(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process);
        for (var attempt = 0; attempt < 2400 && !process.HasExited; attempt++)
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(endPoint);
                return server;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        await server.DisposeAsync();
        throw new InvalidOperationException($"did not start: {string.Join(' ', command)}\n{string.Join('\n', output)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static Process Start(string? user, string[] command)
    {
        if (user != null && Environment.UserName == "root")
        {
            command = ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", .. command];
        }

        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        Array.ForEach(command[1..], start.ArgumentList.Add);
        return Process.Start(start)!;
    }
}
