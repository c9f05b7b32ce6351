using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Submission;
using Estafeta.Unix;

namespace Estafeta.Daemons.Smtpd.StandAlone;

/// <summary>
/// The way into the queue for who may not talk to cleanup: postdrop(1) and the maildrop directory. Works while the mail system is down.
/// The message gets its name there only when it is complete.
/// </summary>
internal sealed class MaildropCleanup(ParameterSet parameters) : ICleanup
{
    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        var path = Path.Combine(parameters.Get(Parameters.CommandDirectory), "postdrop");
        try
        {
            return new ValueTask<CleanupTransaction>(new Transaction(PostdropProcess.Start(path, parameters.ConfigDirectory), request));
        }
        catch (UnixException e)
        {
            throw new IOException($"unable to execute {path}: {UnixException.Describe(e.Errno)}");
        }
    }

    private sealed class Transaction : CleanupTransaction
    {
        private readonly PostdropProcess _postdrop;
        private readonly SubmissionWriter _writer = new();

        public Transaction(PostdropProcess postdrop, CleanupRequest request)
        {
            _postdrop = postdrop;
            WriteAttribute(SubmissionAttribute.EnvelopeId, request.DsnEnvelopeId);
            WriteAttribute(SubmissionAttribute.Return, request.DsnReturn switch
            {
                DsnReturn.Full => "full",
                DsnReturn.Headers => "hdrs",
                _ => null,
            });
            WriteAttribute(SubmissionAttribute.Encoding, request.Is8Bit ? "8bit" : null);
            WriteAttribute(SubmissionAttribute.Verp, request.Verp);
            WriteAttribute(SubmissionAttribute.SmtpUtf8, request.NeedsSmtpUtf8 ? "yes" : null);
            WriteAttribute(SubmissionAttribute.RequireTls, request.RequireTls ? "yes" : null);
            _writer.Write(SubmissionRecord.Sender, request.Sender);
        }

        // Nobody sees it: the message is named by postdrop.
        public override QueueId QueueId { get; } = new(-1, 0, 1);

        public override void AddRecipient(EnvelopeRecipient recipient)
        {
            if (recipient.Notify != DsnNotify.Unspecified)
            {
                _writer.Write(SubmissionRecord.Notify, ((int)recipient.Notify).ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            _writer.Write(SubmissionRecord.Recipient, recipient.Address);
        }

        public override void AddEdit(EnvelopeEdit edit) => throw new NotSupportedException("there is no access control in stand-alone mode");

        public override async ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
        {
            _writer.WriteContent(octets.Span);
            await FlushAsync(cancellationToken);
        }

        public override async ValueTask<CleanupResult> CommitAsync(CancellationToken cancellationToken)
        {
            _writer.Write(SubmissionRecord.End, []);
            await FlushAsync(cancellationToken);
            var result = await _postdrop.FinishAsync(cancellationToken);
            return result.QueueId is { } name
                ? new CleanupResult(CleanupOutcome.Ok, name)
                : new CleanupResult(CleanupOutcome.Temporary, result.Reason.Length > 0 ? "451 4.3.0 Error: " + result.Reason : "");
        }

        // A postdrop that sees its input end early leaves nothing behind.
        public override ValueTask DisposeAsync()
        {
            _postdrop.Dispose();
            return ValueTask.CompletedTask;
        }

        private void WriteAttribute(string name, string? value)
        {
            if (value != null)
            {
                _writer.WriteAttribute(name, value);
            }
        }

        private async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            await _postdrop.WriteAsync(_writer.Written, cancellationToken);
            _writer.Clear();
        }
    }
}
