namespace Estafeta.Commands.Postconf;

/// <summary>The options of postconf(1), the first group being its modes: exactly one counts. The order is that in which messages name them.</summary>
[Flags]
internal enum PostconfOption
{
    None = 0,
    SaslServers = 1 << 0,
    SaslClients = 1 << 1,
    ExpandedTemplates = 1 << 2,
    Defaults = 1 << 3,
    Edit = 1 << 4,
    Fold = 1 << 5,
    MasterFields = 1 << 6,
    HideNames = 1 << 7,
    HideValues = 1 << 8,
    Json = 1 << 9,
    LockMethods = 1 << 10,
    TableTypes = 1 << 11,
    MasterEntries = 1 << 12,
    OnlySet = 1 << 13,
    Override = 1 << 14,
    Main = 1 << 15,
    MasterOverrides = 1 << 16,
    Templates = 1 << 17,
    Tls = 1 << 18,
    Expand = 1 << 19,
    Remove = 1 << 20,
    CommentOut = 1 << 21,
}
