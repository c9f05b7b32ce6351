namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter VirtualDeliveryStatusFilter = Add(new StringParameter("virtual_delivery_status_filter", "$default_delivery_status_filter"));
    public static readonly StringParameter VirtualGidMaps = Add(new StringParameter("virtual_gid_maps", ""));
    public static readonly StringParameter VirtualMailboxBase = Add(new StringParameter("virtual_mailbox_base", "") { MinimumLength = 1 });
    public static readonly LongParameter VirtualMailboxLimit = Add(new LongParameter("virtual_mailbox_limit", "51200000"));
    public static readonly StringParameter VirtualMailboxLock = Add(new StringParameter("virtual_mailbox_lock", "fcntl, dotlock") { MinimumLength = 1 });
    public static readonly IntegerParameter VirtualMinimumUid = Add(new IntegerParameter("virtual_minimum_uid", "100") { Minimum = 1 });
    public static readonly StringParameter VirtualUidMaps = Add(new StringParameter("virtual_uid_maps", ""));
}
