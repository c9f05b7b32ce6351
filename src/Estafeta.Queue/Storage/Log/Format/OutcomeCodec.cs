using System.Buffers.Binary;
using Estafeta.Mail.Dsn;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>
/// What became of recipients, as fields: a status, then the numbers of the recipients it holds for. Recipients that failed together
/// usually share one status object, which is then written once. Used in journal entries and in the records of moved messages.
/// </summary>
internal static class OutcomeCodec
{
    private const byte Action = 1;
    private const byte Code = 2;
    private const byte Reason = 3;
    private const byte Relay = 4;
    private const byte RemoteMta = 5;
    private const byte DiagnosticType = 6;
    private const byte Diagnostic = 7;
    private const byte SuccessWord = 8;
    private const byte Recipients = 9;

    public static void Write(ref TlvWriter to, ReadOnlySpan<RecipientOutcome> outcomes)
    {
        Span<byte> numbers = stackalloc byte[256];
        for (var i = 0; i < outcomes.Length;)
        {
            var status = outcomes[i].Status;
            WriteStatus(ref to, status);
            do
            {
                var n = 0;
                for (; i < outcomes.Length && n < numbers.Length && IsSame(outcomes[i].Status, status); i++, n += 4)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(numbers[n..], outcomes[i].RecipientIndex);
                }

                to.WriteOctets(Recipients, numbers[..n]);
            }
            while (i < outcomes.Length && IsSame(outcomes[i].Status, status));
        }
    }

    /// <summary>Calls back for each recipient, oldest first, so that the last call for a recipient holds.</summary>
    public static void Read(ReadOnlySpan<byte> octets, Action<int, DeliveryStatus> found)
    {
        var status = new DeliveryStatus(default, default, "");
        var isFresh = true;
        var field = new TlvReader(octets);
        while (field.Read())
        {
            if (field.Tag == Recipients)
            {
                isFresh = false;
                for (var rest = field.Value; rest.Length >= 4; rest = rest[4..])
                {
                    found(BinaryPrimitives.ReadInt32LittleEndian(rest), status);
                }

                continue;
            }

            status = ReadField(isFresh ? status : new DeliveryStatus(default, default, ""), ref field);
            isFresh = true;
        }
    }

    private static bool IsSame(DeliveryStatus one, DeliveryStatus other) => ReferenceEquals(one, other) || one == other;

    private static void WriteStatus(ref TlvWriter to, DeliveryStatus status)
    {
        // Always written, also when zero: it begins the status.
        to.WriteOctets(Action, [(byte)status.Action]);
        to.WriteNumber(Code, ((long)status.Status.Class << 32) | ((long)status.Status.Subject << 16) | status.Status.Detail);
        to.WriteText(Reason, status.Reason);
        to.WriteItem(Relay, status.Relay);
        to.WriteText(RemoteMta, status.RemoteMta);
        to.WriteText(DiagnosticType, status.DiagnosticType);
        to.WriteText(Diagnostic, status.Diagnostic);
        to.WriteText(SuccessWord, status.SuccessWord);
    }

    private static DeliveryStatus ReadField(DeliveryStatus status, ref TlvReader field) => field.Tag switch
    {
        Action => status with { Action = (DeliveryAction)field.Byte },
        Code => status with { Status = ReadCode(field.Number) },
        Reason => status with { Reason = field.Text },
        Relay => status with { Relay = field.Text },
        RemoteMta => status with { RemoteMta = field.Text },
        DiagnosticType => status with { DiagnosticType = field.Text },
        Diagnostic => status with { Diagnostic = field.Text },
        SuccessWord => status with { SuccessWord = field.Text },
        _ => status,
    };

    private static EnhancedStatus ReadCode(long code) => new((byte)(code >> 32), (ushort)(code >> 16), (ushort)code);
}
