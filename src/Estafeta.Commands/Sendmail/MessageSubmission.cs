using System.Globalization;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Headers;
using Estafeta.Services.Logging;
using Estafeta.Services.Submission;
using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Sendmail;

/// <summary>Hands one message from standard input to postdrop.</summary>
internal sealed class MessageSubmission
{
    private readonly SendmailOptions _options;
    private readonly ParameterSet _parameters;
    private readonly CommandLog _log;
    private readonly SubmissionWriter _writer = new();
    private readonly uint _uid = Privileges.RealUid;
    private readonly string _senderText;
    private readonly string _fullName;

    public MessageSubmission(SendmailOptions options, ParameterSet parameters, CommandLog log)
    {
        _options = options;
        _parameters = parameters;
        _log = log;
        var user = Accounts.FindUser(_uid);
        _senderText = options.Sender ?? user?.Name
            ?? throw new CommandException($"unable to look up login name for uid {_uid.ToString(CultureInfo.InvariantCulture)}");
        _fullName = options.FullName ?? Environment.GetEnvironmentVariable("NAME") ?? (user == null ? "" : PasswordFullName.Of(user));
    }

    public async Task<int> RunAsync()
    {
        if (_options.Operands.Count == 0 && !_options.ExtractRecipients)
        {
            throw Fatal("Recipient addresses must be specified on the command line or via the -t option");
        }

        var verp = Verp();
        var path = Path.Combine(_parameters.Get(Parameters.CommandDirectory), "postdrop");
        using var postdrop = Start(path);
        var recipients = CommandLineRecipients();
        WriteEnvelope(recipients, verp);
        await FlushAsync(postdrop);
        var extracted = _options.VerifiesOnly
            ? WriteProbe()
            : await CopyMessageAsync(postdrop);
        if (_options.ExtractRecipients && recipients.Count + extracted.Count == 0)
        {
            throw Fatal("No recipient addresses found in message header");
        }

        WriteRecipients(extracted);
        _writer.Write(SubmissionRecord.End, []);
        await FlushAsync(postdrop);
        var result = await postdrop.FinishAsync(CancellationToken.None);
        return Finish(result, path);
    }

    private PostdropProcess Start(string path)
    {
        try
        {
            return PostdropProcess.Start(path, _parameters.ConfigDirectory);
        }
        catch (UnixException e)
        {
            throw Fatal($"unable to execute {path} -r: {UnixException.Describe(e.Errno)}");
        }
    }

    private int Finish(PostdropResult result, string path)
    {
        if (result.QueueId == null)
        {
            if (result.Reason.StartsWith("User ", StringComparison.Ordinal))
            {
                throw new CommandException(result.Reason);
            }

            if (result.Reason.Length > 0)
            {
                throw Fatal(result.Reason);
            }

            _log.Warning($"command \"{path} -r\" {Describe(result.Status)}");
            throw Fatal($"unable to execute {path} -r: Application error");
        }

        if (_options.VerifiesOnly || _options.Verbosity > 0)
        {
            _log.Streams.Output.Write(Encoding.UTF8.GetBytes($"Mail Delivery Status Report will be mailed to <{_senderText}>.\n"));
            _log.Streams.Output.Flush();
        }

        return 0;
    }

    private static string Describe(ExitStatus status) =>
        status.Signal != 0 ? status.ToString() : $"exited with status {status.Code.ToString(CultureInfo.InvariantCulture)}";

    private void WriteEnvelope(List<string> recipients, string? verp)
    {
        WriteOptional(SubmissionAttribute.EnvelopeId, _options.EnvelopeId);
        WriteOptional(SubmissionAttribute.Return, _options.Return switch
        {
            DsnReturn.Full => "full",
            DsnReturn.Headers => "hdrs",
            _ => null,
        });
        WriteOptional(SubmissionAttribute.RewriteContext, _options.IsRelayed ? "remote" : null);
        WriteOptional(SubmissionAttribute.Trace, _options.VerifiesOnly ? "verify" : _options.Verbosity > 0 ? "record" : null);
        WriteOptional(SubmissionAttribute.Encoding, _options.Encoding);
        WriteOptional(SubmissionAttribute.Verp, verp);
        WriteOptional(SubmissionAttribute.SmtpUtf8, _options.SmtpUtf8 switch
        {
            true => "yes",
            false => "no",
            null => null,
        });
        WriteOptional(SubmissionAttribute.RequireTls, _options.RequireTls ? "yes" : null);
        if (_fullName.Length > 0)
        {
            _writer.Write(SubmissionRecord.FullName, OneLine(_fullName));
        }

        _writer.Write(SubmissionRecord.Sender, OneLine(EnvelopeSender()));
        WriteRecipients(recipients);
    }

    private void WriteRecipients(List<string> recipients)
    {
        if (_options.Notify != DsnNotify.Unspecified && recipients.Count > 0)
        {
            _writer.Write(SubmissionRecord.Notify, ((int)_options.Notify).ToString(CultureInfo.InvariantCulture));
        }

        foreach (var recipient in recipients)
        {
            _writer.Write(SubmissionRecord.Recipient, OneLine(recipient));
        }
    }

    private string EnvelopeSender()
    {
        if (_options.Sender == null)
        {
            return _senderText;
        }

        var (sender, warning) = SenderArgument.Parse(_options.Sender, _parameters.Get(Parameters.HeaderAddressTokenLimit));
        if (warning != null)
        {
            _log.Warning(warning);
        }

        return sender;
    }

    private List<string> CommandLineRecipients()
    {
        var recipients = new List<string>();
        foreach (var operand in _options.Operands)
        {
            var list = HeaderAddressList.Parse(operand, int.MaxValue);
            for (var i = 0; i < list.Count; i++)
            {
                recipients.Add(list[i]);
            }

            if (list.Count == 0)
            {
                recipients.Add("");
            }
        }

        return recipients;
    }

    private string? Verp()
    {
        if (_options.Verp is not { } verp)
        {
            return null;
        }

        var filter = _parameters.Get(Parameters.VerpDelimiterFilter);
        if (verp.Length == 0)
        {
            verp = _parameters.Get(Parameters.DefaultVerpDelimiters);
        }

        return verp.Length == 2 && verp.AsSpan().IndexOfAnyExcept(filter) < 0 ? verp : throw new CommandException($"-V requires two characters from {filter}");
    }

    /// <summary>The message of -bv: only its recipients matter.</summary>
    private List<string> WriteProbe()
    {
        var recipients = string.Join(",\n\t", CommandLineRecipients().Select(LocalPart.Quote));
        var probe = $"From: {LocalPart.Quote(_senderText)}\nSubject: probe\nTo:\t{recipients}\n";
        _writer.WriteContent(Encoding.UTF8.GetBytes(probe));
        return [];
    }

    private async Task<List<string>> CopyMessageAsync(PostdropProcess postdrop)
    {
        var copy = new MessageCopy(_options, _parameters, _writer);
        var buffer = new byte[SubmissionRecord.MaximumContentOctets];
        int read;
        while (!copy.IsEnded && (read = await _log.Streams.Input.ReadAsync(buffer)) > 0)
        {
            copy.Add(buffer.AsMemory(0, read));
            await FlushAsync(postdrop);
        }

        copy.Finish();
        return copy.Recipients;
    }

    private async ValueTask FlushAsync(PostdropProcess postdrop)
    {
        await postdrop.WriteAsync(_writer.Written, CancellationToken.None);
        _writer.Clear();
    }

    private void WriteOptional(string name, string? value)
    {
        if (value != null)
        {
            _writer.WriteAttribute(name, OneLine(value));
        }
    }

    /// <summary>An argument may hold anything; a record may not hold a line break.</summary>
    private static string OneLine(string text) => text.AsSpan().IndexOfAny('\n', '\r', '\0') < 0
        ? text
        : text.Replace('\n', ' ').Replace('\r', ' ').Replace('\0', ' ');

    private CommandException Fatal(string message) => new($"{_senderText}({_uid.ToString(CultureInfo.InvariantCulture)}): {message}");
}
