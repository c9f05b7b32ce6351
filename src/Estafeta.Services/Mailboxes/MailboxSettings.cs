using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Services.Mailboxes;

/// <summary>How mailboxes are locked and how big they may get; read once at start.</summary>
public sealed record MailboxSettings
{
    public required LockStyles Locks { get; init; }

    /// <summary>deliver_lock_attempts.</summary>
    public required int LockAttempts { get; init; }

    /// <summary>deliver_lock_delay.</summary>
    public required TimeSpan LockDelay { get; init; }

    /// <summary>stale_lock_time.</summary>
    public required TimeSpan StaleLockTime { get; init; }

    /// <summary>0: no limit.</summary>
    public required long SizeLimit { get; init; }

    /// <summary>strict_mailbox_ownership.</summary>
    public required bool IsOwnershipStrict { get; init; }

    /// <param name="locks">mailbox_delivery_lock or virtual_mailbox_lock.</param>
    /// <param name="sizeLimit">mailbox_size_limit or virtual_mailbox_limit.</param>
    public static MailboxSettings Read(ParameterSet parameters, StringParameter locks, LongParameter sizeLimit)
    {
        var limit = parameters.Get(sizeLimit);
        var messageLimit = parameters.Get(Parameters.MessageSizeLimit);
        if (limit > 0 && (messageLimit == 0 || limit < messageLimit))
        {
            throw new ConfigurationException($"main.cf configuration error: {sizeLimit.Name} is smaller than message_size_limit");
        }

        return new MailboxSettings
        {
            Locks = LockStylesList.Parse(locks.Name, parameters.Get(locks)),
            LockAttempts = parameters.Get(Parameters.DeliverLockAttempts),
            LockDelay = parameters.Get(Parameters.DeliverLockDelay),
            StaleLockTime = parameters.Get(Parameters.StaleLockTime),
            SizeLimit = limit,
            IsOwnershipStrict = parameters.Get(Parameters.StrictMailboxOwnership),
        };
    }
}

/// <summary>The styles of mailbox_delivery_lock; all that are named are taken.</summary>
[Flags]
public enum LockStyles
{
    None = 0,
    Fcntl = 1,
    Flock = 2,
    Dotlock = 4,
}

internal static class LockStylesList
{
    public static LockStyles Parse(string parameterName, string value)
    {
        var styles = LockStyles.None;
        foreach (var word in value.Split([' ', '\t', ',', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            styles |= word switch
            {
                "fcntl" => LockStyles.Fcntl,
                "flock" => LockStyles.Flock,
                "dotlock" => LockStyles.Dotlock,
                _ => throw new ConfigurationException($"unknown value in {parameterName}: {word}"),
            };
        }

        return styles;
    }
}
