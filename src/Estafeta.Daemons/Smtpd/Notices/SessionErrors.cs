using Estafeta.Configuration.Lists;

namespace Estafeta.Daemons.Smtpd.Notices;

/// <summary>What went wrong in a session, by the classes of notify_classes.</summary>
[Flags]
internal enum SessionErrors
{
    None = 0,

    /// <summary>Mail for somebody who does not exist, or content that is refused at its end.</summary>
    Bounce = 1,

    /// <summary>The client may not do that.</summary>
    Policy = 2,

    /// <summary>The client does not speak SMTP well.</summary>
    Protocol = 4,

    /// <summary>Something of ours is short, or cannot be reached.</summary>
    Resource = 8,

    /// <summary>Our fault.</summary>
    Software = 16,
}

internal static class SessionErrorClasses
{
    /// <summary>notify_classes; delay and 2bounce are not about sessions.</summary>
    public static SessionErrors Parse(string list)
    {
        var classes = SessionErrors.None;
        foreach (var word in WordList.Split(list))
        {
            classes |= word.ToLowerInvariant() switch
            {
                "bounce" => SessionErrors.Bounce,
                "policy" => SessionErrors.Policy,
                "protocol" => SessionErrors.Protocol,
                "resource" => SessionErrors.Resource,
                "software" => SessionErrors.Software,
                _ => SessionErrors.None,
            };
        }

        return classes;
    }

    /// <summary>The class of a refusal by access control, which its status tells.</summary>
    public static SessionErrors OfAccess(string reply) =>
        // What access control refuses with a status of its own ("retry:4.3.0 not now") is no trouble of ours.
        reply.Contains(" rejected: User unknown", StringComparison.Ordinal) ? SessionErrors.Bounce
        : reply.Contains(" rejected: ", StringComparison.Ordinal) ? SessionErrors.Policy
        : reply.Contains(" 4.3.5 ", StringComparison.Ordinal) ? SessionErrors.Software
        : reply.Contains(" 4.3.0 ", StringComparison.Ordinal) || reply.Contains(" 4.3.1 ", StringComparison.Ordinal) ? SessionErrors.Resource
        : SessionErrors.Policy;
}
