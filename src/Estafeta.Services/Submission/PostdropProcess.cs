using System.Net.Sockets;
using System.Text;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Processes;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Submission;

/// <summary>
/// A running postdrop(1), seen from the program that submits: records go in, one line comes out. Used by sendmail(1) and by the
/// stand-alone smtpd, which may not write to the maildrop directory themselves.
/// </summary>
public sealed class PostdropProcess : IDisposable
{
    private readonly ChildProcess _process;
    private readonly Socket _input;
    private readonly Socket _output;
    private bool _broken;

    private PostdropProcess(ChildProcess process, Socket input, Socket output)
    {
        _process = process;
        _input = input;
        _output = output;
    }

    /// <param name="path">$command_directory/postdrop.</param>
    /// <param name="configDirectory">Where main.cf is, for the environment of the command.</param>
    /// <exception cref="Unix.UnixException">It cannot be started.</exception>
    public static PostdropProcess Start(string path, string configDirectory)
    {
        var (input, childInput) = SocketPair.CreateStream();
        var (output, childOutput) = SocketPair.CreateStream();
        using (childInput)
        using (childOutput)
        {
            var environment = SpawnRequest.CurrentEnvironment();
            environment.RemoveAll(e => e.StartsWith(ConfigurationDirectory.Variable + "=", StringComparison.Ordinal));
            if (configDirectory != ConfigurationDirectory.Default)
            {
                environment.Add($"{ConfigurationDirectory.Variable}={configDirectory}");
            }

            var process = ChildProcess.Spawn(new SpawnRequest
            {
                Path = path,
                Arguments = [path, "-r"],
                Environment = environment,
                Descriptors = [(int)childInput.Handle, (int)childOutput.Handle, 2],
            });
            return new PostdropProcess(process, input, output);
        }
    }

    /// <summary>Sends records. When postdrop has stopped reading, the rest is dropped: its answer says why.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> records, CancellationToken cancellationToken)
    {
        while (records.Length > 0 && !_broken)
        {
            try
            {
                records = records[await _input.SendAsync(records, cancellationToken)..];
            }
            catch (SocketException)
            {
                _broken = true;
            }
        }
    }

    /// <summary>Ends the input and takes the answer.</summary>
    public async ValueTask<PostdropResult> FinishAsync(CancellationToken cancellationToken)
    {
        if (!_broken)
        {
            _input.Shutdown(SocketShutdown.Send);
        }

        var answer = new byte[4096];
        var length = 0;
        while (length < answer.Length)
        {
            var read = await _output.ReceiveAsync(answer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        var status = await _process.WaitAsync(cancellationToken);
        return PostdropResult.Parse(Encoding.UTF8.GetString(answer, 0, length), status);
    }

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        _process.Dispose();
    }
}
