using System.Text;
using Estafeta.Services.Mailboxes;
using Estafeta.Unix;
using Estafeta.Unix.Polling;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.ExternalCommands;

/// <summary>
/// Runs one command on a thread of its own that has the command's identity: feeds it the message, keeps the beginning of what it says, and
/// ends it when its time is over. Knows nothing of mail status: see <see cref="CommandStatus"/>.
/// </summary>
public sealed class CommandRunner(TimeProvider time)
{
    /// <param name="writeInput">Writes the message into the sink it is given; runs on the command's thread.</param>
    public async Task<CommandEnd> RunAsync(ExternalCommand command, Action<OctetSink> writeInput)
    {
        try
        {
            return await CommandThread.RunAsync(command.Identity, () => Run(command, writeInput));
        }
        catch (CommandIdentityException e)
        {
            return new CommandEnd(default, "") { IdentityProblem = e.Message };
        }
    }

    private CommandEnd Run(ExternalCommand command, Action<OctetSink> writeInput)
    {
        using var input = UnixPipe.ToChild();
        using var output = UnixPipe.FromChild();
        ChildProcess child;
        try
        {
            child = CommandProcess.Start(command, [input.ReadDescriptor, output.WriteDescriptor, output.WriteDescriptor]);
        }
        catch (UnixException e)
        {
            return new CommandEnd(default, "") { ExecutionProblem = $"{command.ExecutionStep} {command.Arguments[0]}: {UnixException.Describe(e.Errno)}" };
        }

        using (child)
        {
            input.CloseReader();
            output.CloseWriter();
            var conversation = new Conversation(input, output, time, command.TimeLimit);
            try
            {
                writeInput(conversation.Write);
                input.CloseWriter();
                conversation.ReadToEnd();
                conversation.WaitFor(child);
                return new CommandEnd(child.Wait(), conversation.Output);
            }
            catch (TimeoutException)
            {
                CommandProcess.Kill(child);
                return new CommandEnd(child.Wait(), conversation.Output) { IsTimedOut = true };
            }
            catch
            {
                CommandProcess.Kill(child);
                child.Wait();
                throw;
            }
        }
    }

    private sealed class Conversation(UnixPipe input, UnixPipe output, TimeProvider time, TimeSpan limit)
    {
        private const int OutputLimit = 4096;
        private readonly long _start = time.GetTimestamp();
        private readonly byte[] _output = new byte[OutputLimit];
        private readonly byte[] _excess = new byte[OutputLimit];
        private int _outputLength;
        private bool _isDeaf;
        private bool _isSilent;

        public string Output => Encoding.UTF8.GetString(_output, 0, _outputLength);

        /// <summary>Gives octets to the command, and meanwhile takes what it says: neither side may block the other.</summary>
        public void Write(ReadOnlySpan<byte> octets)
        {
            while (!octets.IsEmpty && !_isDeaf)
            {
                Span<PollEntry> entries = [PollEntry.Writable(input.WriteDescriptor), PollEntry.Readable(_isSilent ? -1 : output.ReadDescriptor)];
                Await(entries);
                if (entries[1].IsReady)
                {
                    ReadSome();
                }

                if (entries[0].IsReady)
                {
                    octets = octets[WriteSome(octets)..];
                }
            }
        }

        public void ReadToEnd()
        {
            while (!_isSilent)
            {
                Span<PollEntry> entries = [PollEntry.Readable(output.ReadDescriptor)];
                Await(entries);
                if (entries[0].IsReady)
                {
                    ReadSome();
                }
            }
        }

        public void WaitFor(ChildProcess child)
        {
            while (!child.TryReap(out _))
            {
                Span<PollEntry> entries = [PollEntry.Readable((int)child.Descriptor.DangerousGetHandle())];
                Await(entries);
            }
        }

        private void Await(Span<PollEntry> entries)
        {
            var left = limit - time.GetElapsedTime(_start);
            if (left <= TimeSpan.Zero)
            {
                throw new TimeoutException();
            }

            Poller.Wait(entries, left);
        }

        private int WriteSome(ReadOnlySpan<byte> octets)
        {
            try
            {
                return Math.Max(0, input.TryWrite(octets));
            }
            catch (UnixException e) when (e.Errno == Errno.EPIPE)
            {
                // It does not want the rest; its exit status tells whether that is an error.
                _isDeaf = true;
                return 0;
            }
        }

        private void ReadSome()
        {
            var isFull = _outputLength == OutputLimit;
            var read = output.TryRead(isFull ? _excess : _output.AsSpan(_outputLength));
            _isSilent = read == 0;
            _outputLength += isFull || read < 0 ? 0 : read;
        }
    }
}
